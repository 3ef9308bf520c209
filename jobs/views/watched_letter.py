"""One letter as the page of `templates render --watch` shows it: its words, or what keeps them from being written."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from jobs.language.messages import Messages
from jobs.pages.watch import Letter, Menu, Query, Shown, Trouble
from jobs.views.samples import Letters, samples
from notify.letters.examination import Examination
from notify.letters.problem import TemplateProblem
from notify.letters.renderer import Renderer
from notify.mail.logo import Logo

WORDS = (
    "title", "live", "ended", "mend", "subject", "preheader", "calendar", "desktop", "phone", "text", "shade", "light",
    "dark", "files", "own", "shipped",
)  # fmt: skip
_SAMPLES = ("fullest", "barest")
_LANGUAGES = {"ja": "日本語", "en": "English"}  # each as its readers call it
_AROUND = 2  # lines shown before and after a wrong one


def with_its_picture(html: str, logo: Logo | None) -> str:
    """The letter with the logo inside, where a mail has it beside itself."""
    if logo is None:
        return html
    picture = f"data:image/{logo.image.subtype};base64,{b64encode(logo.image.data).decode('ascii')}"
    return html.replace(f"cid:{logo.image.content_id}", picture)


def words_of_page(messages: Messages) -> dict[str, str]:
    """What the page itself says, by its names."""
    return {name: messages.say(f"watch.{name}") for name in WORDS}


@dataclass(frozen=True, slots=True)
class WatchedLetter:
    """The letter that is looked at, as one installation writes it; `needed` are by language the letters there are."""

    letters: Letters
    needed: Mapping[str, Mapping[str, Sequence[str]]]
    renderer: Renderer
    senders: Mapping[str, Mapping[str, Any]]
    messages: Messages
    logo: Logo | None = None

    def shown(self, query: Query) -> Shown:
        """The letter that the query chooses; what it leaves open, or names in vain, is the first of its menu."""
        menus = self._menus(query)
        kind, sample, language, variant = (menu.chosen for menu in menus)
        problems = self._problems(kind, language)
        try:
            words = self.renderer.words(kind, language, self._data(kind, sample, language, variant), variants=[variant])
        except TemplateProblem as problem:  # the check knows it better: it has looked at all names
            return Shown(menus, None, tuple(map(self._trouble, problems or [problem])))
        html = with_its_picture(words.html, self.logo)
        letter = Letter(words.subject, words.preheader, words.text, html, words.event)
        return Shown(menus, letter, tuple(map(self._trouble, problems)), self._files(kind, language, variant))

    def _problems(self, kind: str, language: str) -> list[TemplateProblem]:
        """What `templates check` says of this letter; of other languages only what lies in their folders in vain."""
        nothing: dict[str, Mapping[str, Sequence[str]]] = {each: {} for each in self.needed}
        return Examination(self.renderer).problems(
            nothing | {language: {kind: self.needed[language][kind]}}, partial(samples, self.letters)
        )

    def _menus(self, query: Query) -> tuple[Menu, ...]:
        say, name = self.messages.say, self.messages.name
        languages = {each: _LANGUAGES.get(each, each) for each in self.needed}
        language = _chosen(query, "in", languages)
        kinds = {each: name("kind", each) for each in self.needed[language]}
        sample = {each: say(f"watch.{each}") for each in _SAMPLES}
        whom = {"": say("watch.everybody")} | {each: each for each in self.renderer.variants()}
        return (
            Menu("letter", say("watch.letter"), kinds, _chosen(query, "letter", kinds)),
            Menu("sample", say("watch.sample"), sample, _chosen(query, "sample", sample)),
            Menu("in", say("watch.language"), languages, language),
            Menu("for", say("watch.whom"), whom, _chosen(query, "for", whom)),
        )

    def _data(self, kind: str, sample: str, language: str, variant: str) -> dict[str, Any]:
        """The sample, sent by who sends the letters; a partner's own letters go to nobody without a partner."""
        fullest, barest = samples(self.letters, kind, language)
        data = barest if sample == "barest" else fullest
        of_partner = {"partner": fullest["partner"]} if variant.startswith("partners/") and "partner" in data else {}
        return data | of_partner | {"sender": self.senders[language]}

    def _files(self, kind: str, language: str, variant: str) -> tuple[tuple[str, bool], ...]:
        found = self.renderer.sources({language: [kind]})
        return tuple((each.path, each.is_own) for each in found if each.variant in {"", variant})

    def _trouble(self, problem: TemplateProblem) -> Trouble:
        place, said = self.messages.template_problem_parts(problem)
        return Trouble(place, said, problem.line, _lines_around(problem))


def _chosen(query: Query, name: str, choices: Mapping[str, str]) -> str:
    asked = query.get(name)
    return asked if asked is not None and asked in choices else next(iter(choices))


def _lines_around(problem: TemplateProblem) -> tuple[tuple[int, str], ...]:
    """The lines of the file about the wrong one; none where file or line are not known."""
    if problem.line is None:
        return ()
    first = max(problem.line - _AROUND, 1)
    try:
        with Path(problem.template).open(encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in islice(file, first - 1, problem.line + _AROUND)]
    except (OSError, UnicodeDecodeError):  # the sentence is said without them
        return ()
    return tuple(enumerate(lines, first))
