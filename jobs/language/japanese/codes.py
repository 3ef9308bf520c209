"""What codes are called: kinds of notice, what became of one, and why."""

from __future__ import annotations

KINDS = {
    "renewal-notice": "更新のご案内",
    "service-start": "サービス開始のお知らせ",
    "service-start-change": "サービス開始日変更のお知らせ",
    "extension-confirmation": "サービス延長のお知らせ",
    "license-release": "割り当て解除のお願い",
    "operator-digest": "営業窓口への連絡",
}
ACTIONS = {"send": "送信", "skip": "送らない", "hold": "保留"}
STATUSES = {
    "queued": "送信待ち",
    "sending": "送信中",
    "sent": "送信済み",
    "failed": "送信できず",
    "in-doubt": "到達不明",
    "held": "保留",
    "withdrawn": "取り下げ",
    "skipped": "送らない",
    "cancelled": "取り消し",
}
OUTCOMES = {
    "accepted": "受理",
    "refused": "拒否",
    "unmailable": "送信不可",
    "barred": "許可リスト外",
    "unavailable": "一時的に不可",
    "misconfigured": "設定の問題",
    "unknown": "到達不明",
    "released": "未試行",
    "lost": "到達不明",
}
REASONS = {
    "due": "予定どおり",
    "late": "予定日超過",
    "already-sent": "送信済み",
    "superseded": "後の回で通知",
    "continued": "継続の注文あり",
    "declined": "更新辞退",
    "window-closed": "期限を過ぎた",
    "before-baseline": "担当開始より前",
    "released": "解除済み",
    "nothing-to-release": "解除は不要",
    "owner-missing": "オーナーのアドレスなし",
    "owner-invalid": "オーナーのアドレス不正",
    "owner-bounced": "オーナー宛が不達",
    "awaiting-approval": "承認待ち",
    "not-due": "予定日より前",
    "not-opened": "未開設",
    "not-its-kind": "対象外",
    "term-over": "利用期間が終了",
    "changed": "内容が変わった",
    "moved": "日付が変わったか、対象がなくなった",
    "letter-failed": "文面を作成できない",
    "at-once": "速報",
    "nothing-to-say": "連絡事項なし",
}
SECTIONS = {  # of the desk's letter
    "paused": "送信の停止",
    "failed": "送れなかった通知",
    "held": "保留中の通知",
    "in-doubt": "届いたか分からない通知",
    "bounced": "戻ってきた通知",
    "for-people": "人の確認が必要な返信メール",
    "closing": "更新期限が近い明細",
    "closed": "更新期限を過ぎた明細",
    "unopened": "未開設のサービス",
    "book": "契約台帳の確認",
    "run-failed": "失敗した処理",
    "feed-failed": "取り込めなかったファイル",
}
