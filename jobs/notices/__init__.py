"""One notice per file: the listing of this folder is the list of what kigen sends."""
