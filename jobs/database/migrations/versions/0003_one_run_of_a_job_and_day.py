"""Runs say why they were begun, and the database refuses two of a kind.

One running row for each job; one scheduled run that is running or done for each job and day. Runs of before were all
asked for.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RUNNING = sa.text("outcome = 'running'")
ANSWERS_FOR_ITS_DAY = sa.text("origin = 'scheduled' AND outcome IN ('running', 'done')")


def upgrade() -> None:
    op.add_column("runs", sa.Column("origin", sa.String(length=16), nullable=False, server_default="asked"))
    # Two rows of a job that are both running can only be of processes that died.
    op.execute(
        "UPDATE runs SET outcome = 'died', finished_at = lease_until, error = 'the process ended without a word' "
        "WHERE outcome = 'running' AND id NOT IN (SELECT max(id) FROM runs WHERE outcome = 'running' GROUP BY job)"
    )
    op.create_index("uq_runs_job_running", "runs", ["job"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index(
        "uq_runs_job_day", "runs", ["job", "as_of"], unique=True,
        sqlite_where=ANSWERS_FOR_ITS_DAY, postgresql_where=ANSWERS_FOR_ITS_DAY,
    )  # fmt: skip
    op.create_index("ix_runs_job_as_of", "runs", ["job", "as_of"])


def downgrade() -> None:
    op.drop_index("ix_runs_job_as_of", "runs")
    op.drop_index("uq_runs_job_day", "runs")
    op.drop_index("uq_runs_job_running", "runs")
    op.drop_column("runs", "origin")
