"""The commands, a file for each thing a user wants to do."""
