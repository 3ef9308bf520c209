"""What was sold, to whom, until when. Knows nothing of mail or of jobs."""
