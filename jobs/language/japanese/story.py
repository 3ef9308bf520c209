"""What happened to a notice and what it waits for.

Jobs/evidence/story.py, for its page and the evidence.
"""

from __future__ import annotations

CAME_OF = {  # what follows the number of a try
    "accepted": "受理された",
    "refused for good": "拒否された",
    "refused for good, whoever it is for": "宛先によらず拒否された",
    "not on our own allow-list, nothing was handed over": "許可リストにないため、送信していない",
    "not taken for now": "一時的に受け取られなかった",
    "the relay or the configuration is at fault": "メールサーバーか設定に問題があった",
    "no clear answer: it may have arrived": "はっきりした応答がなく、届いた可能性がある",
    "given back untried": "試さずに戻した",
    "the process ended meanwhile: it may have arrived": "処理が途中で終わり、届いた可能性がある",
}
DONE = {
    "asked for the same mail once more": "同じメールの再送を指示",
    "cancelled it": "取り消し",
    "settled the doubt": "到達の確認結果を記録",
    "approved it": "承認",
}

STORY = {
    "{letter:letter} is written: (purged), {copies:copies}": "{letter}を作成（件名は消去済み）、{copies}",
    "{letter:letter} is written: {subject:quoted}, {copies:copies}": "{letter}を作成：「{subject}」、{copies}",
    "{letter:letter} is withdrawn: {reason:reason}": "{letter}を取り下げ：{reason}",
    "{letter:letter} to {address:word}, try {number:number}, redirected to {other:word}: under way, by {owner}": (
        "{letter}：{address} 宛（{number}回目、実際の送り先は {other}）、処理中（{owner}）"
    ),
    "{letter:letter} to {address:word}, try {number:number}: under way, by {owner}": (
        "{letter}：{address} 宛（{number}回目）、処理中（{owner}）"
    ),
    "{letter:letter} to {address:word}, try {number:number}, redirected to {other:word}: {outcome:outcome} after "
    "{seconds:seconds} s": "{letter}：{address} 宛（{number}回目、実際の送り先は {other}）、{outcome}（{seconds}秒）",
    "{letter:letter} to {address:word}, try {number:number}, redirected to {other:word}: {outcome:outcome} after "
    "{seconds:seconds} s: {reply}": (
        "{letter}：{address} 宛（{number}回目、実際の送り先は {other}）、{outcome}（{seconds}秒）：{reply}"
    ),
    "{letter:letter} to {address:word}, try {number:number}: {outcome:outcome} after {seconds:seconds} s": (
        "{letter}：{address} 宛（{number}回目）、{outcome}（{seconds}秒）"
    ),
    "{letter:letter} to {address:word}, try {number:number}: {outcome:outcome} after {seconds:seconds} s: {reply}": (
        "{letter}：{address} 宛（{number}回目）、{outcome}（{seconds}秒）：{reply}"
    ),
    "{letter:letter} to {address:word} came back: {said:returned}": "{letter}：{address} 宛が戻ってきた（{said}）",
    "the sales desk is told that {letter:letter} to {address:word} came back": (
        "営業窓口に連絡：{letter}（{address} 宛）が戻ってきた"
    ),
    "a person {done:done}": "担当者：{done}",
    "a person {done:done} ({detail})": "担当者：{done}（{detail}）",
    "{by:somebody} {done:done}": "{by}：{done}",
    "{by:somebody} {done:done} ({detail})": "{by}：{done}（{detail}）",
}

WAITS_FOR = {
    "its hand-over, which is under way: look again when its outcome is on record": (
        "送信処理が進行中：結果が記録されてから、もう一度見る"
    ),
    "a person who knows whether it arrived: {sent} or {not_sent}, or {resend}": (
        "届いたかどうかの確認：{sent}（届いた）、{not_sent}（届いていない）、または {resend}（再送）"
    ),
    "a person: {resend} or {cancel}": "担当者の判断：{resend}（再送）または {cancel}（取り消し）",
    "a person's approval: {approve}": "担当者の承認：{approve}",
    "the owner has no address: put one into the book ({import_it}); the next {run} sends it": (
        "オーナーのアドレスがない：契約台帳に入れる（{import_it}）と、次の {run} で送信される"
    ),
    "the owner's address cannot be written to: correct it in the book ({import_it}); the next {run} sends it": (
        "オーナーのアドレスに送信できない：契約台帳を直す（{import_it}）と、次の {run} で送信される"
    ),
    "nobody is at the owner's address: put the new owner into the book ({import_it}), or say that it works again "
    "({clear}); the next {run} sends it": (
        "オーナーのアドレスが使われていない：新しいオーナーを契約台帳に入れる（{import_it}）か、"
        "また使えるようになったことを記録する（{clear}）と、次の {run} で送信される"
    ),
    "the next {run}, whose letter takes its place; see that the address in the configuration is right "
    "(sender.sales_desk.email, [jobs.operator-digest])": (
        "次の {run}：その連絡がこれに代わる。設定のアドレス（sender.sales_desk.email、[jobs.operator-digest]）を"
        "確かめる"
    ),
    "what it was held for; the next {run} sends it": "保留の原因の解消：次の {run} で送信される",
    "the next delivery: {deliver}": "次の送信：{deliver}",
    "the next delivery after {time} UTC: {deliver}": "{time} UTC より後の送信：{deliver}",
}
