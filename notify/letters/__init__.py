"""Templates and plain data into words."""
