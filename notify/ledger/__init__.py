"""The record of all notices, what was said in them, to whom, and what came of it."""
