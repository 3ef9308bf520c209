"""Whose affair a failure is, from an enhanced status code (RFC 3463) and from the words that servers use.

A code that says something is believed before the words; many say nothing (5.0.0), and some servers give none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from notify.bounces.mail import without_addresses
from notify.bounces.values import BounceClass

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.#])([45])\d\d(?=[ -])")
_FOR_NOW = "4"
_HARD, _SOFT, _POLICY = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY

# By subject and detail; of a code of class 4 only the first table counts: a server that gave up was not told for good.
_FULL = {"2.2": _SOFT}
_DISABLED = "2.1"  # Gmail says it as well of a mailbox that gets too much at once
_BY_CODE = {
    "1.1": _HARD, "1.2": _HARD, "1.3": _HARD, "1.4": _HARD, "1.6": _HARD, "1.10": _HARD,
    "1.7": _POLICY, "1.8": _POLICY, "1.9": _POLICY,  # our own address is not liked
    "2.1": _HARD, "2.3": _POLICY, "2.4": _SOFT,
    "3.4": _POLICY,
    "4.4": _HARD,  # no host for the domain
    "4.1": _HARD,  # Exchange: the tenant has no such recipient
    "4.6": _SOFT, "4.7": _SOFT, "4.14": _SOFT,  # loops, time over
    "7.13": _HARD,  # the account is disabled
}  # fmt: skip
_BY_SUBJECT = {"6": _POLICY, "7": _POLICY}

_FULL_MAILBOX = (
    r"mailbox (?:is |was )?full", r"mail ?box.{0,40}(?:exceed|full)",
    r"over ?(?:the |its |their )?(?:allowed |allotted )?quota",
    r"quota.{0,20}exceeded", r"exceed\w*.{0,40}quota", r"insufficient (?:system )?(?:storage|disk)", r"out of storage",
    r"too many messages",
    r"local limit", r"temporarily limited", r"receiving (?:mail|messages) (?:at a rate|too quickly)",
    r"容量.{0,20}(?:超|オーバー|不足)",
    r"メールボックス.{0,20}(?:いっぱい|一杯|満杯|超)", r"保存.{0,10}件数.{0,10}超",
)  # fmt: skip
_NOT_WANTED = (
    r"\bspam", r"blacklist", r"block ?list", r"\bblocked\b", r"\bdnsbl\b", r"\brbl\b", r"spamhaus", r"reputation",
    r"\bdmarc\b", r"\bspf\b", r"\bdkim\b", r"(?:content|security|local|site|domain|recipient|by|due to) policy",
    r"policy (?:reason|violation|rejection)", r"virus", r"(?:message|mail) (?:size|is too (?:big|large))",
    r"too (?:big|large)", r"refused by (?:the )?(?:recipient|filter|user)", r"not authori[sz]ed",
    r"sender (?:address |domain )?(?:was )?(?:rejected|denied|refused)", r"sender verif\w+ failed", r"anti-?spoofing",
    r"(?:invalid|unknown) sender",
    r"sender(?:'s)? (?:address|domain|mailbox)\b.{0,40}(?:n[o']t exist|not found|unknown|invalid)",
    r"client host (?:rejected|unknown|not found)", r"\bhelo\b.{0,60}(?:rejected|invalid|not found)",
    r"find your (?:host|reverse)", r"policy restriction",
    r"administrative(?:ly)? prohibit", r"access denied", r"denied \(mode", r"allowed rcpthosts",
    r"relay(?:ing)? (?:access )?denied", r"unsolicited", r"suspicious", r"message (?:was )?(?:content )?rejected",
    r"受信拒否", r"受信.{0,6}(?:拒否|制限)", r"拒否設定", r"迷惑メール", r"フィルタ",
    r"ウイルスが?.{0,4}検出", r"サイズ.{0,10}(?:大き|超え|超過|制限)", r"添付.{0,10}(?:制限|禁止|拒否)",
)  # fmt: skip
_GONE = (
    r"(?:user|recipient|address|mailbox|account|host|domain) (?:is |was )?(?:unknown|not known)",
    r"unknown (?:user|recipient|address|mailbox)",
    r"no such (?:local )?(?:user|recipient|address|mailbox|person|account|domain)", r"(?:does|do|did) ?n[o']t exist",
    r"(?:does|do) ?n[o']t have an? .{0,60}\baccount\b", r"no mailbox (?:here|by that name)",
    r"unroute?able (?:mail )?(?:address|domain)", r"non-?existent host",
    r"not a (?:valid|known) (?:user|recipient|mailbox)",
    r"invalid (?:recipient|mailbox|address|user)",
    r"(?:address|recipient|mailbox|user|account).{0,40}(?:not found|not recogni[sz]ed)",
    r"(?:account|mailbox|user).{0,20}(?:disabled|inactive|suspended|closed|deactivated)",
    r"no longer (?:available|valid|in use|employed|active)", r"host (?:or domain )?(?:name )?not found",
    r"domain (?:name )?not found", r"couldn't find any host", r"recipient.?not.?found", r"name or service not known",
    r"mailbox unavailable", r"null ?mx", r"unknown or illegal alias", r"\baddress rejected",
    r"(?:has|have) (?:moved|left the company)",
    r"(?:宛先|あて先|アドレス|ユーザ|メールボックス|ドメイン).{0,30}(?:存在しま|存在し[てな]|見つか(?:りま|らな|らず)|不明|誤り|ありません)",
    r"(?:アドレス|アカウント|メールボックス|宛先|あて先).{0,20}(?:廃止|解約|削除され)",
    r"(?:使われ|使用され|利用され)て(?:おりま|いま)せん",
)  # fmt: skip
_NOT_NOW = (
    r"timed? ?out", r"time-?out", r"retry time.{0,10}exceeded", r"retry timeout", r"connection refused", r"temporar",
    r"try again", r"grey ?list", r"too long in", r"been in the queue", r"in queue too long", r"expired",
    r"rate.?limit", r"too busy", r"no route to host", r"unreachable", r"一時的", r"混み合", r"時間をおいて",
    r"しばらく",
)  # fmt: skip
# Names in which such a word says nothing of the failure: of the server that speaks, of whom it speaks.
_HOST = re.compile(r"\bhost:? [\w-]+(?:\.[\w-]+)+|(?<![\w.-])[\w-]+(?:\.[\w-]+)+ ?\[[0-9A-Fa-f.:]+\]")
# The order counts: a full mailbox "is not available", and a refused mail often speaks of its recipient as well.
_WORDS = tuple(
    (bounce_class, re.compile("|".join(words), re.IGNORECASE))
    for bounce_class, words in ((_SOFT, _FULL_MAILBOX), (_POLICY, _NOT_WANTED), (_HARD, _GONE), (_SOFT, _NOT_NOW))
)
_IS_AUTOMATIC = re.compile(r"auto-(?:replied|generated|notified)", re.IGNORECASE)
_ABSENCE = re.compile(
    r"^(?:re:\s*)?(?:out of (?:the )?office|auto(?:matic)?[ -]?(?:reply|response)|auto:|vacation|away from)"
    r"|自動(?:応答|返信|回答)|不在|休暇中|退職",
    re.IGNORECASE,
)


def class_of(status: str, words: str) -> BounceClass:
    """Whose affair a failure is, from its status code ("" for none) and what the server said."""
    by_code, by_words = _by_code(status), _by_words(_HOST.sub(" ", without_addresses(words)))
    if by_code is not None:
        return _SOFT if by_words is _SOFT and status.endswith(f".{_DISABLED}") else by_code
    reply = _REPLY.search(words)
    is_for_now = status.startswith(_FOR_NOW) or (reply is not None and reply[1] == _FOR_NOW)
    if is_for_now and by_words in (None, _HARD):  # a server that gave up was not told for good
        return _SOFT
    return by_words or BounceClass.UNKNOWN


def status_in(text: str) -> str:
    """The first enhanced status code of a failure in the text, "" for none."""
    return next((match[0] for match in _STATUS.finditer(text) if match[1] != "2"), "")


def is_absence_note(header: Callable[[str], str], subject: str) -> bool:
    """Whether a mail answers by itself (RFC 3834 and what was used before it)."""
    says_so = _IS_AUTOMATIC.match(header("Auto-Submitted").strip())
    marks = any(header(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-From"))
    precedence = header("Precedence").strip().lower() == "auto_reply"
    return bool(says_so or marks or precedence or _ABSENCE.search(subject.strip()))


def _by_words(words: str) -> BounceClass | None:
    return next((bounce_class for bounce_class, pattern in _WORDS if pattern.search(words)), None)


def _by_code(status: str) -> BounceClass | None:
    match = _STATUS.fullmatch(status)
    if match is None:
        return None
    what = f"{int(match[2])}.{int(match[3])}"
    if what in _FULL:
        return _FULL[what]
    if match[1] == _FOR_NOW:
        return BounceClass.SOFT if match[2] != "7" else BounceClass.POLICY
    return _BY_CODE.get(what) or _BY_SUBJECT.get(str(int(match[2])))
