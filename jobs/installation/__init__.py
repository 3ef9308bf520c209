"""Who this installation is, and whether it may send."""
