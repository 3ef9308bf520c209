"""What a person at a terminal sees: tables, bars, whole files."""
