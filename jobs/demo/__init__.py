"""A sample book and a day of it."""
