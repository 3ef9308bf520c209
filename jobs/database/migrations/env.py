"""Runs the migrations on the connection that jobs/database/upgrade.py hands over."""

from __future__ import annotations

from alembic import context

from jobs.database.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
