"""From a queued mail to a recorded outcome."""
