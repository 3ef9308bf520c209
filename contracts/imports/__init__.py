"""Rows into changes of the book, and the report of them."""
