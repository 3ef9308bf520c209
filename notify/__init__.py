"""From words to a delivered mail. Knows nothing of contracts."""
