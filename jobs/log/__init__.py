"""What is written to the log, and in which form."""
