"""What kigen sends, and what else runs each day, by name: the only list. It loads nothing, so that `--help` is quick.

A notice is the file of this folder that its name spells; `shipped.py` reads them.
"""

from __future__ import annotations

NOTICES = (  # in the order in which they run
    "renewal-notice",
    "service-start",
    "extension-confirmation",
    "license-release",
)

FEED = "feed"
PURGE = "purge"
DESK = "operator-digest"
CHORES = (FEED, PURGE, DESK)  # the daily jobs that decide on no notices (jobs/day.py)
