"""Ways out for a mail: SMTP and a Maildir, behind one protocol."""
