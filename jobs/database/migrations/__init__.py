"""Alembic's migrations: every change of the tables since the first release."""
