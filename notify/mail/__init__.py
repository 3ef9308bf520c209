"""Words into the bytes of a mail."""
