"""When each job looks at a contract again.

Revision: 0007, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watchers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watchers")),
    )
    op.create_table(
        "looks",
        sa.Column("watcher", sa.String(length=64), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contract"], ["contracts.number"], name=op.f("fk_looks_contract_contracts")),
        sa.ForeignKeyConstraint(["watcher"], ["watchers.name"], name=op.f("fk_looks_watcher_watchers")),
        sa.PrimaryKeyConstraint("watcher", "contract", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_watcher_look_on", "looks", ["watcher", "look_on"])
    op.create_table(
        "agendas",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("looked_until", sa.Date(), nullable=False),
        sa.Column("looked_at_all_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_agendas")),
    )


def downgrade() -> None:
    op.drop_table("agendas")
    op.drop_index("ix_looks_watcher_look_on", "looks")
    op.drop_table("looks")
    op.drop_table("watchers")
