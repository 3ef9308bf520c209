"""The book in a database: tables, queries, people who were forgotten."""
