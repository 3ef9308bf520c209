"""One notice, one file; `listing.py` is the list of them."""
