"""bounces, and the addresses that are not written to because of them.

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("envelope_id", ROW_ID, nullable=False),
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("bounce_class", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("reporting_mta", sa.String(length=255), nullable=False),
        sa.Column("matched_by", sa.String(length=16), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelopes.id"], name=op.f("fk_bounces_envelope_id_envelopes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("envelope_id", "report", name=op.f("uq_bounces_envelope_id_report")),
    )
    op.create_index(op.f("ix_bounces_told_at"), "bounces", ["told_at"])
    op.create_table(
        "marked_addresses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("bounce_id", ROW_ID, nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["bounce_id"], ["bounces.id"], name=op.f("fk_marked_addresses_bounce_id_bounces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marked_addresses")),
    )
    op.create_index(op.f("ix_marked_addresses_address"), "marked_addresses", ["address"])


def downgrade() -> None:
    op.drop_table("marked_addresses")
    op.drop_table("bounces")
