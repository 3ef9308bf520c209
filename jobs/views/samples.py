"""Sample data for every letter, to the customers and to our own desk: what `templates` shows and checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.desk.sample import desk_data
from jobs.notices.listing import DESK
from jobs.notices.notice import Letter
from jobs.notices.samples import least, sender, whole

Letters = Mapping[str, Letter[Any]]


def sample_data(letters: Letters, kind: str, language: str) -> dict[str, Any]:
    """Data for one letter, as complete as a letter can be, so that most branches of its templates are reached.

    Raises:
        KeyError: there is no such letter or language.
    """
    if kind == DESK:  # to ourselves: no account, no owner
        return desk_data(language, sender(language))
    return whole(language, letters[kind].sample(language))


def samples(letters: Letters, kind: str, language: str) -> list[dict[str, Any]]:
    """The letter with all that it may have, and with the least: both sides of what its templates ask for.

    Raises:
        KeyError: there is no such letter or language.
    """
    return [sample_data(letters, kind, language), least(sample_data(letters, kind, language))]
