"""What rows of the book break.

Contracts/rules/checks.py. The letter puts the name of the rule before it.
"""

from __future__ import annotations

FLAGS = {
    "starts on {starts:day}; service starts on {expected:day} in that month": (
        "{starts}になっています。この月のサービス開始日は{expected}です。"
    ),
    "ends on {ends:day}; a term ends on the last day of a month, {month_end:day}": (
        "{ends}になっています。利用期間の終わりは月末（{month_end}）です。"
    ),
    "ends on {ends:day}; an addition ends with the contract that it joins, on {contract:day}": (
        "{ends}になっています。追加分の利用期間は、元の契約と同じ{contract}までです。"
    ),
    "ordered on {ordered:day}, less than 60 days before the end on {end:day}; the continuation must be ordered "
    "together with it": (
        "注文日{ordered}の時点で、終了日{end}まで60日を切っています。継続も同時にご注文いただく必要があります。"
    ),
    "starts on {starts:day}, but no line of its family ends on the day before": (
        "{starts}に始まる継続ですが、前日に終わる継続元の明細がありません。"
    ),
    "starts on {day:day} without a base licence": "{day}の開始時点で、基本ライセンスがありません。",
    "runs to {end:day}, but its base licence is not continued on {day:day}": (
        "利用終了日は{end}ですが、基本ライセンスが{day}から継続されていません。"
    ),
    "ordered on {ordered:day}, after the closing day, {closing:day}": (
        "注文日{ordered}は、更新期限{closing}を過ぎています。"
    ),
    "{new:menu} after {old:menu} is no continuation but a new order; the same or a higher one continues": (
        "{old}から{new}への変更は、継続ではなく新規のご注文になります。継続できるのは、同じか上位のメニューです。"
    ),
    "{menu:menu} takes no new orders since {since:day}": "{menu}は、{since}以降、新規のご注文を受け付けていません。",
    "{seats:number} seats; a new order of {menu:menu} has at least {least:number}": (
        "{seats}ライセンスになっています。{menu}の新規のご注文は{least}ライセンスからです。"
    ),
    "{seats:number} seats; an addition of {menu:menu} has at most {most:number}": (
        "{seats}ライセンスになっています。{menu}の追加は1回{most}ライセンスまでです。"
    ),
    "{seats:number} seats in all from {day:day}; {menu:menu} goes to {most:number}, then to a higher item": (
        "{day}から合わせて{seats}ライセンスになります。{menu}は{most}ライセンスまでで、それを超えると上位のメニューになります。"
    ),
}
