"""What comes from outside: the drop folder, books, mail that came back."""
