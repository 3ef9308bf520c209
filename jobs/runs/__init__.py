"""One job for one day: search, decide, compose, run; and its history."""
