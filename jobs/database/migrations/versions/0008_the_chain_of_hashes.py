"""The chain of hashes over the ledger's rows. What is on record by then is taken into it by jobs/database/schema.py.

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASHES = {
    "messages": ("raw_hash", "subject_hash"),
    "envelopes": ("address_hash",),
    "attempts": ("handed_to_hash",),
    "marked_addresses": ("address_hash",),
}


def upgrade() -> None:
    op.create_table(
        "chain",
        sa.Column("seq", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_chain")),
    )
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", ROW_ID, nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_head")),
    )
    for table, hashes in HASHES.items():
        # Added one by one: a table with the texts of years is not to be copied for it, as a batch would on SQLite.
        op.add_column(table, sa.Column("salt", sa.String(length=32)))
        for name in hashes:
            op.add_column(table, sa.Column(name, sa.String(length=64)))
    for table in ("envelopes", "marked_addresses"):
        _allow_no_address(table, nullable=True)


def downgrade() -> None:
    for table in ("envelopes", "marked_addresses"):
        _allow_no_address(table, nullable=False)
    for table, hashes in HASHES.items():
        for name in ("salt", *hashes):
            op.drop_column(table, name)
    op.drop_table("chain_head")
    op.drop_table("chain")


def _allow_no_address(table: str, *, nullable: bool) -> None:
    with op.batch_alter_table(table) as batch:
        batch.alter_column("address", existing_type=sa.String(length=320), nullable=nullable)
