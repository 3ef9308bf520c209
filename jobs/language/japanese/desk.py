"""The language of who reads for the reseller: the sales desk's, as `jobs.operator-digest.language` says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from jobs.pages.preview import ENGLISH, Wording

if TYPE_CHECKING:
    from jobs.app import App
    from jobs.language.japanese.sentences import Sentences


def page_wording(app: App) -> Wording:
    """How the pages speak that the desk looks at before anything is sent."""
    from jobs.language.japanese.codes import ACTIONS, KINDS, REASONS

    if app.settings.jobs.operator_digest.language != "ja":
        return ENGLISH
    return Wording("ja", KINDS | REASONS | ACTIONS, for_the_desk(app))


def for_the_desk(app: App) -> Callable[[str], str]:
    """What says a sentence of the program in the desk's language; the sentences are loaded when it is first asked."""
    if app.settings.jobs.operator_digest.language != "ja":
        return str

    @cache
    def known() -> Sentences:
        from jobs.language.japanese.words import sentences

        return sentences(app.catalogue)

    return lambda english: known().of(english)
