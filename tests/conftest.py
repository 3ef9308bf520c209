"""How properties are searched: anew on each machine that people work on, the same each time where a build is judged."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: how long an example takes is the machine's affair, and a benchmark's.
settings.register_profile("search", deadline=None)
settings.register_profile("judge", deadline=None, derandomize=True)
settings.load_profile("judge" if os.environ.get("CI") else "search")
