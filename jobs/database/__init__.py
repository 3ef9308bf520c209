"""The database as a whole: engines, schema, backup, copy, check."""
