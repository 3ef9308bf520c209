"""What Jinja says of a template that it cannot read, as a code with values: so that each reader is told in their words.

Jinja says it in English, in the terms of its parser; PATTERNS knows the commonest by their wording (Jinja 3.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from jinja2 import TemplateSyntaxError

from notify.letters.problem import like

Said = tuple[str, int | None, dict[str, str]]  # a code of SENTENCES, the line, its values

TAGS = ("if", "elif", "else", "endif", "for", "endfor", "block", "endblock", "set", "endset", "include", "extends",
        "from", "import", "macro", "endmacro", "filter", "endfilter", "call", "endcall", "raw", "endraw")  # fmt: skip
_MEANT = {"elseif": "elif", "elsif": "elif", "end": "endif"}
_TAG = re.compile(r"\{#.*?#\}|\{%-?\s*(\w+).*?%\}", re.DOTALL)
_AS_WRITTEN = {"end of statement block": "%}", "end of print statement": "}}"}
_QUOTES = dict.fromkeys("“”„‟「」『』＂", '"') | dict.fromkeys("‘’‚‛＇", "'") | {"、": ",", "。": "."}


def syntax_problem(failure: TemplateSyntaxError) -> Said:
    """The failure as a code, with the line that a person has to look at."""
    message = failure.message or "syntax error"
    for pattern, told in PATTERNS.items():
        if found := re.match(pattern, message):
            return told(failure, found)
    return "said", failure.lineno, {"why": message}


def half_width(text: str) -> str:
    """The text in the signs that templates are written in."""
    return unicodedata.normalize("NFKC", "".join(_QUOTES.get(sign, sign) for sign in text))


def _odd_sign(failure: TemplateSyntaxError, found: re.Match[str]) -> Said:
    sign = found[1]
    if sign in {'"', "'"}:
        return "quote-open", failure.lineno, {"found": sign}
    if (meant := half_width(sign)) != sign:
        return "full-width", failure.lineno, {"found": sign, "meant": meant}
    return "odd-sign", failure.lineno, {"found": sign}


def _not_ended(failure: TemplateSyntaxError, _: re.Match[str]) -> Said:
    """Jinja tells the line where the file ends; what has to be mended is where the tag stands that has no end."""
    open_tags = _open_tags(failure.source or "")
    name, line = open_tags[-1] if open_tags else ("if", failure.lineno)
    return "tag-open", line, {"name": name}


def _open_tags(source: str) -> list[tuple[str, int]]:
    """The tags that have no end, each with its line."""
    found: list[tuple[str, int]] = []
    for tag in _TAG.finditer(source):
        name = tag[1] or ""
        if name.startswith("end"):
            if found and found[-1][0] == name[3:]:
                found.pop()
        elif f"end{name}" in TAGS and not (name == "set" and "=" in tag[0]):
            found.append((name, source.count("\n", 0, tag.start()) + 1))
    return found


def _unknown_tag(failure: TemplateSyntaxError, found: re.Match[str]) -> Said:
    name = found[1]
    if innermost := re.search(r"needs to be closed is '(\w+)'", failure.message or ""):
        if name in TAGS:
            return "tag-crossed", failure.lineno, {"name": name, "open": innermost[1]}
    elif name.startswith("end") and name in TAGS:
        return "tag-unopened", failure.lineno, {"name": name, "open": name[3:]}
    return "unknown-tag", failure.lineno, {"name": name, "like": _MEANT.get(name) or like(name, TAGS)}


def _expected(failure: TemplateSyntaxError, found: re.Match[str]) -> Said:
    expected, got = (_AS_WRITTEN.get(each, each) for each in found.groups())
    if "}" in {expected, got} or (expected, got) == (":", "}"):
        return "braces", failure.lineno, {}
    return "expected", failure.lineno, {"expected": expected, "found": got, "like": "==" if got == "=" else ""}


def _says(code: str, *names: str) -> Callable[[TemplateSyntaxError, re.Match[str]], Said]:
    """The code with what the pattern found, and with what is like it where that is looked for."""
    return lambda failure, found: (code, failure.lineno, dict(zip(names, found.groups(), strict=True)))


def _nothing(failure: TemplateSyntaxError, found: re.Match[str]) -> Said:
    return "nothing-there", failure.lineno, {"found": _AS_WRITTEN.get(found[1], found[1])}


def _mark_open(failure: TemplateSyntaxError, found: re.Match[str]) -> Said:
    mark = _AS_WRITTEN.get(found[1], found[1])
    return "mark-open", failure.lineno, {"open": {"%}": "{%", "}}": "{{"}.get(mark, ""), "mark": mark}


PATTERNS: Mapping[str, Callable[[TemplateSyntaxError, re.Match[str]], Said]] = {
    r"unexpected char ['\"](.)['\"] at": _odd_sign,
    r"Unexpected end of template\. Jinja was looking": _not_ended,
    r"unexpected end of template, expected '(.+)'": _mark_open,
    r"Encountered unknown tag '(\w+)'": _unknown_tag,
    r"Missing end of comment tag()": lambda failure, _: ("mark-open", failure.lineno, {"open": "{#", "mark": "#}"}),
    r"unexpected '\}'": _says("braces"),
    r"unexpected '(.)'": _says("odd-sign", "found"),
    r"expected token '(.+)', got '(.+)'": _expected,
    r"Expected an expression, got '(.+)'": _nothing,
}
