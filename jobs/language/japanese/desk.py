"""The language of who reads for the reseller: the sales desk's, as `jobs.operator-digest.language` says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.app import App
    from jobs.language.japanese.sentences import Sentences


def for_the_desk(app: App) -> Callable[[str], str]:
    """What says a sentence of the program in the desk's language; the sentences are loaded when it is first asked."""
    if app.settings.jobs.operator_digest.language != "ja":
        return str

    @cache
    def known() -> Sentences:
        from jobs.language.japanese.words import sentences

        return sentences(app.catalogue)

    return lambda english: known().of(english)
