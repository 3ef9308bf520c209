"""Values for people to look at."""
