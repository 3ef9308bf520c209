"""Reports of mail that came back, and what they say."""
