"""`様` and `御中` behind a name, once: people type them into the book with the name."""

from __future__ import annotations

import re

_SET_OFF = re.compile(
    r"""\s* (?: [(（\[［【〔] \s* (?:御中|[様樣殿]|さま|サマ|ｻﾏ) \s* [)）\]］】〕]  # in brackets
        | (?<=\s) (?:[様樣殿]|さま|サマ|ｻﾏ)  # behind a blank
        | 御中 ) \s*\Z""",
    re.VERBOSE,
)
# Written close to the name. `皆様`, `お客様` and the company `王様` are words of their own, and so are the companies
# `おひさま` and `目黒御殿` and the family name `鵜殿`.
_WORDS = "皆客王神仏姫若奥殿日月星"
_CLOSE = re.compile(rf"(?<=[^\s{_WORDS}])[様樣]\Z")
_CLOSE_TO_A_PERSON = re.compile(rf"(?:(?<=[^\s{_WORDS}])(?:[様樣]|さま)|(?<=\S\S)殿)\Z")
_COMPANY = re.compile(r"会社|法人|組合|協会|財団|社団|[(（][株有同][)）]|[㈱㈲]")
_HAS_ITS_OWN = ("様", "樣", "さま", "各位")


def addressed(name: str, honorific: str) -> str:
    """`見本 花子 様`, `株式会社例示 御中`: the name with the honorific, in place of any that it has already.

    Nothing where nothing is named. What is said to everybody (`皆様`, `各位`) needs no honorific.
    """
    bare = without_honorific(name, is_company=honorific == "御中")
    is_addressed_already = bare.endswith(_HAS_ITS_OWN) and not _COMPANY.search(bare)
    return bare if is_addressed_already or not bare else f"{bare} {honorific}"


def without_honorific(name: str, *, is_company: bool = False) -> str:
    """The name alone, for what has no salutation: a mail's To."""
    close = _CLOSE if is_company or _COMPANY.search(name) else _CLOSE_TO_A_PERSON
    bare, last = name.strip(), ""
    while bare != last:
        last = bare
        bare = close.sub("", _SET_OFF.sub("", f" {bare}")).strip()
    return bare
