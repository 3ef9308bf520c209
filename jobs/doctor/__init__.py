"""Everything that has to be right before a notice can go out."""
