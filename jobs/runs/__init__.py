"""One job for one day: search, decide, compose, run; and its history. Which jobs, in which order: jobs/day.py."""
