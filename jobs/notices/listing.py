"""What kigen sends, and what else runs each day: the only list of it. How one is added: docs/a-new-notice.md."""

from __future__ import annotations

from typing import Any

from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.notices.notice import Notice, letters_of

NOTICES: tuple[Notice[Any], ...] = (  # in the order in which they run
    renewal_notice.NOTICE,
    service_start.NOTICE,
    extension_confirmation.NOTICE,
    license_release.NOTICE,
)
LETTERS = letters_of(NOTICES)
NAMES = tuple(notice.name for notice in NOTICES)

FEED = "feed"
PURGE = "purge"
DESK = "operator-digest"
CHORES = (FEED, PURGE, DESK)  # the daily jobs that decide on no notices (jobs/day.py)
