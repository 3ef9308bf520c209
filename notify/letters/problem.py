"""What is wrong with a template: said in one way, wherever it is found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from notify.errors import NotifyError

# By code; whoever reads another language finds the same codes in its catalogue.
SENTENCES = {
    "like": ": did you mean '{like}'?",  # behind those that may have it among their values
    "said": "{why}",
    "no-directory": "there is no such directory: make it, or take it out of [templates] directories",
    "no-template": "there is no template '{name}' in {folders}",
    "no-language": "there is no {file} in {folders}: it says how that language writes days and numbers",
    "not-utf-8": "this line is not in UTF-8: save the file as UTF-8",
    "byte-order-mark": "the file begins with a byte order mark: save it as UTF-8 without one",
    "full-width": "'{found}' must be written in half-width signs: {meant}",
    "half-brace": "'{found}': a name stands between two braces on each side, as {{{{ contract }}}}",
    "quote-open": "a quotation mark {found} has no second one",
    "odd-sign": "the sign '{found}' cannot stand here",
    "tag-open": "{{% {name} … %}} in this line has no {{% end{name} %}}",
    "tag-unopened": "{{% {name} %}} stands here, and no {{% {open} … %}} is open",
    "tag-crossed": "{{% {name} %}} stands here, and {{% {open} … %}} is still open: that one ends first",
    "unknown-tag": "there is no tag {{% {name} %}}",
    "mark-open": "what begins with {open} does not end: {mark} is missing",
    "braces": "braces that do not belong together: {{{{ ends with }}}}, {{% ends with %}}",
    "expected": "expected '{expected}', found '{found}'",
    "nothing-there": "something is missing before {found}",
    "not-a-day": "this filter writes a day, found '{value}'",
    "not-a-number": "this filter writes a number, found '{value}'",
    "none-printed": "what is printed here is not there for every letter: ask with {{% if … %}} first",
    "head-open": "the head begins with --- and has no second ---",
    "head-fence": "a head begins and ends with a line that is exactly ---, found '{found}'",
    "head-line": "a head has lines like `subject: …`, and what goes on from the line above begins with two spaces;"
    " found '{found}'",
    "head-key": "a head has no '{name}'; it may have: {allowed}",
    "head-missing": "the head has no '{name}'",
    "one-line": "{name} is exactly one line, this one has {count}",
    "computed-name": "the name of an included template must be written out",
    "unknown-name": "the name '{name}' is not among this letter's data",
    "unknown-attribute": "there is no '{name}' in it",
    "unknown-filter": "there is no filter '{name}'",
    "unknown-test": "there is no test '{name}'",
    "unsaid": "the letter does not say {name}, which in the sample is {value}: a letter of this kind must;"
    " write {write}",
    "unknown-slot": "the letter has no slot '{name}', so this paragraph would be left out; it has: {allowed}",
    "outside-slot": "a file that extends another says only what stands in its {{% block … %}}; '{found}' would be"
    " left out",
    "unclosed": "'{mark}' is left in the letter: it has no second one on its line",
    "no-row": "':: ' is left in the letter: rows are a block by themselves, with a blank line before and after",
    "as-mark": "a {name} called '{value}' is not printed as it is: put it in by itself, as {{{{ … }}}},"
    " not by ~ or replace",
    "language-key": "'{name}' must be {allowed}, found '{value}'",
    "never-used": "no letter is called so: this file is never used",
    "no-macro": "a theme has no macro '{name}'",
    "circle": "what it extends leads back to '{name}'",
    "macro-loses": "the macro '{name}' leaves out what it is given as '{argument}'",
    "macro-changes": "the macro '{name}' changes what it is given, as a filter does: it can only put it somewhere",
    "link-out": "a link out of its directory, to {where}: who can write there writes your letters",
    "link-dead": "a link to what is not there: the shipped file is used in its place",
    "writable-by-all": "everybody on this machine can write it, and with it what your customers are told;"
    " `chmod go-w` ends that",
    "writable-by-group": "its group can write it, and with it what your customers are told; `chmod go-w` ends that",
}


def like(name: str, there_are: Iterable[str]) -> str:
    """The one that was meant, maybe; "" where none is like it."""
    found = get_close_matches(unicodedata.normalize("NFKC", name), list(there_are), n=1, cutoff=0.65)
    return found[0] if found else ""


class WrongValue(ValueError):  # noqa: N818 — named for what is the matter
    """A template printed, or gave to a filter, what cannot be printed so; `code` is one of SENTENCES."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values


class TemplateProblem(NotifyError):  # noqa: N818 - it is also listed as a finding, not only raised
    """A template cannot be used. `template` is the file's path, or the name that was looked for in vain.

    `code` is one of SENTENCES, `values` are what its sentence names.
    """

    def __init__(self, template: str, line: int | None, code: str, **values: object) -> None:
        super().__init__(template, line, code, values)
        self.template = template
        self.line = line
        self.code = code
        self.values = values

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        like = self.values.get("like")
        return SENTENCES[self.code].format(**self.values) + (SENTENCES["like"].format(like=like) if like else "")

    @property
    def place(self) -> str:
        """The file and, where it is known, the line."""
        return self.template if self.line is None else f"{self.template}, line {self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
