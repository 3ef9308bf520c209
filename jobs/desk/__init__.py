"""What needs a person: the desk's daily letter, and what it is told at once."""
