"""The headings of the pages that the desk looks at before anything is sent, in Japanese."""

from __future__ import annotations

from jobs.language.japanese.codes import KINDS

PAGES = {
    "kigen: preview": "kigen プレビュー",
    "kigen: for approval": "kigen 承認待ちの通知",
    "kigen: forecast": "kigen 送信予定",
    "kigen demo": "kigen デモ",
    "kigen demo: forecast": "kigen デモ 送信予定",
    "kigen: all": "kigen 本日の処理",
    "{count:number} to review, as of {time}": "{count}件を確認（{time} 現在）",
} | {f"kigen: {kind}": f"kigen {called}" for kind, called in KINDS.items()}
