"""What was sent, when, to whom, with its proof, in one file."""
