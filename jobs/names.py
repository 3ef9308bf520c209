"""The jobs' names as users type them; alone here, so that `--help` has them without loading what they name."""

from __future__ import annotations

NOTICE_JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
FEED = "feed"
PURGE = "purge"
DESK = "operator-digest"
CHORES = (FEED, PURGE, DESK)  # the daily jobs that decide on no notices (jobs.daily_jobs)
