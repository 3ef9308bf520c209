"""What decisions check, in Japanese, for people who read a page: short, as the points of a list.

Rows of the ledger say these sentences for as long as they are kept. A sentence whose wording changes gets a line more
here; the line of the old one stays.
"""

from __future__ import annotations

ADDRESSES = {  # contracts/addresses.py: what follows "cannot be written to: "
    "has a sign before the @ that mail servers do not take everywhere; only ASCII is allowed": (
        "@の前に、使えないメールサーバーのある文字が含まれている（半角英数字と記号だけを使える）"
    ),
    "has nothing before the @": "@の前に何もない",
    "has a sign before the @ that is not allowed there": "@の前に使えない文字が含まれている",
    "has more than {most:number} characters before the @": "@の前が{most}文字を超えている",
    "is longer than {most:number} characters": "{most}文字を超えている",
    "is empty": "空欄",
    "holds a line break": "改行が含まれている",
    "holds a blank or an invisible sign": "空白か見えない文字が含まれている",
    "holds a comma or semicolon; one address is allowed": "区切り文字が含まれている（アドレスは1つだけ）",
    "has no @": "@がない",
    "has more than one @": "@が2つ以上ある",
    "has a domain that cannot be one": "@の後がドメイン名になっていない",
    "has a domain without a dot": "ドメイン名にドットがない",
    "has nothing after the @": "@の後に何もない",
}

CHECKS = {
    # jobs/notices/decision.py: of every kind of notice
    "due on {due:day}, today is {today:day}": "予定日は{due}、判断の基準日は{today}",
    "on the ledger as {status:status}": "通知の記録では「{status}」",
    "not on the ledger yet": "通知の記録にまだない",
    "due on {due:day}; this installation is responsible from {baseline:day}": (
        "予定日は{due}、このシステムが担当するのは{baseline}から"
    ),
    "the owner has no mail address in the book": "オーナーのメールアドレスが契約台帳にない",
    "the owner's mail address cannot be written to: {problem:address}": (
        "オーナーのメールアドレスには送信できない：{problem}"
    ),
    "mail to the owner's address came back": "オーナー宛のメールが戻ってきた",
    "the owner's address can be written to": "オーナーのメールアドレスに送信できる",
    "a person has approved it": "担当者が承認した",
    "the job waits for a person's approval": "担当者の承認を待っている",
    "what a person approved said something else": "担当者が承認した文面とは内容が違う",
    # renewal_notice.py
    "first business day of {month:month}, {count:number} months before the end month {end:month}": (
        "{month}の最初の営業日（契約終了月{end}の{count}か月前）"
    ),
    "day {day:number}, or the business day after it, of {month:month}, {count:number} months before the end month "
    "{end:month}": "{month}{day}日、休業日なら次の営業日（契約終了月{end}の{count}か月前）",
    "it has no term that could end": "終了する利用期間がない",
    "its term ended on {end:day}": "利用期間は{end}に終了した",
    "continuation of its family ordered: none": "継続の注文はない",
    "continuation of its family ordered: {lines:lines}": "継続の注文がある（明細 {lines}）",
    "declined on {day:day}": "更新辞退の連絡を{day}に受けた",
    "not declined": "更新辞退の連絡はない",
    "the continuation can be bought from {first:day} until {last:day}, 60 days before the term end {end:day}": (
        "継続を購入できるのは{first}から{last}まで（利用終了日{end}の60日前）"
    ),
    "the continuation can be bought until {last:day}, 60 days before the term end {end:day}": (
        "継続を購入できるのは{last}まで（利用終了日{end}の60日前）"
    ),
    "a later notice of this line is due since {day:day}": "同じ明細の後の回の予定日（{day}）になった",
    "no later notice is due yet": "後の回の予定日はまだ来ていない",
    # service_start.py
    "a continuation: it is confirmed as an extension instead": "継続のため、サービス延長のお知らせで伝える",
    "the one-off registration: no service of its own starts with it": "初期登録のため、これだけで始まるサービスはない",
    "the service is not opened yet; opened on: not in the book": "サービスは未開設（開設日が契約台帳にない）",
    "the service is not opened yet; opened on: {day:day}": "サービスは未開設（開設日は{day}）",
    "a start is announced until {last:day}, {days:number} days after the later of opening and start": (
        "サービス開始のお知らせは{last}まで（開設日と利用開始日の遅いほうから{days}日後）"
    ),
    "the customer was told {told:day}, the book now says {now:day}": (
        "お客様にお知らせした開始日は{told}、現在の契約台帳では{now}"
    ),
    # extension_confirmation.py
    "not a continuation: its start is announced instead": "継続ではないため、サービス開始のお知らせで伝える",
    "the extension is not registered yet; registered on: not in the book": "延長は未登録（登録日が契約台帳にない）",
    "the extension is not registered yet; registered on: {day:day}": "延長は未登録（登録日は{day}）",
    "it has no term": "利用期間がない",
    "confirmed until {last:day}, {days:number} days after the later of registration and start": (
        "サービス延長のお知らせは{last}まで（登録日と利用開始日の遅いほうから{days}日後）"
    ),
    # license_release.py
    "line {line} speaks for the family {family:family}, whose seats are compared together": (
        "{family}のライセンス数は合わせて比べるため、明細 {line} で判断する"
    ),
    "{days:days} before the term end {end:day}": "利用終了日{end}の{days}前",
    "{days:days} before the term end {end:day}, moved from {day:day}, which is no business day, to {due:day}": (
        "利用終了日{end}の{days}前（{day}は休業日のため{due}に繰り上げ）"
    ),
    "release recorded on {day:day}": "解除の確認を{day}に記録した",
    "no release is recorded": "解除の確認は記録されていない",
    "something of the contract goes on after {end:day}": "{end}の後も、契約の一部が続く",
    "the contract ends as a whole after {end:day}": "{end}で、契約全体が終了する",
    "{ending:number} seats of {family:family} end on {end:day}, {continuing:number} take up on the next day: "
    "{count:number} to release": (
        "{family}は{end}に{ending}ライセンスが終了、翌日から{continuing}ライセンスが継続：解除が必要なのは{count}ライセンス"
    ),
    "a later reminder is due since {day:day}": "後の回の予定日（{day}）になった",
    "no later reminder is due yet": "後の回の予定日はまだ来ていない",
    # jobs/desk/sections.py: of the desk's own letters
    "nothing that needs a person": "対応が必要なものはない",
    "{found:sections}": "{found}",
}
