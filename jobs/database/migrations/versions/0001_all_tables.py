"""the first tables: book, ledger, runs.

Revision: 0001, after None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_email", sa.Text(), server_default="", nullable=False),
        sa.Column("administrator_emails", sa.Text(), server_default="", nullable=False),
        sa.Column("partner_name", sa.Text(), server_default="", nullable=False),
        sa.Column("partner_email", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="ja", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_accounts")),
    )
    op.create_table(
        "contracts",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=op.f("fk_contracts_account_accounts")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contracts")),
    )
    op.create_index(op.f("ix_contracts_account"), "contracts", ["account"])

    op.create_table(
        "lines",
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("menu", sa.Text(), nullable=False),
        sa.Column("order_kind", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("term_end", sa.Date(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("declined_on", sa.Date(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("declined_recorded_on", sa.Date(), nullable=True),
        sa.Column("released_recorded_on", sa.Date(), nullable=True),
        sa.CheckConstraint("order_kind IN ('new', 'addition', 'continuation')", name=op.f("ck_lines_order_kind")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_lines_seats")),
        sa.CheckConstraint("term_end >= starts_on", name=op.f("ck_lines_term")),
        sa.ForeignKeyConstraint(["contract"], ["contracts.number"], name=op.f("fk_lines_contract_contracts")),
        sa.PrimaryKeyConstraint("contract", "line", name=op.f("pk_lines")),
    )
    op.create_index(op.f("ix_lines_opened_on"), "lines", ["opened_on"])
    op.create_index(op.f("ix_lines_starts_on"), "lines", ["starts_on"])
    op.create_index(op.f("ix_lines_term_end"), "lines", ["term_end"])

    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("words_hash", sa.String(length=64), nullable=False),
        sa.Column("facts_hash", sa.String(length=64), nullable=False),
        sa.Column("template_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_message_id"), "messages", ["message_id"])

    op.create_table(
        "envelopes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("not_after", sa.Date(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_envelopes_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
        sa.UniqueConstraint("message_id", "address", name=op.f("uq_envelopes_message_id_address")),
    )
    op.create_index(op.f("ix_envelopes_status_next_attempt_at"), "envelopes", ["status", "next_attempt_at"])

    op.create_table(
        "notices",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("contract", sa.String(length=128), nullable=False),
        sa.Column("line", sa.String(length=128), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("not_after", sa.Date(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("message_id", ROW_ID, nullable=True),
        sa.Column("facts_hash", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notices_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "contract", "line", "kind", "occasion", name=op.f("uq_notices_contract_line_kind_occasion")
        ),
    )
    op.create_index(op.f("ix_notices_message_id"), "notices", ["message_id"])
    op.create_index(op.f("ix_notices_status"), "notices", ["status"])

    op.create_table(
        "actions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_actions_notice_id_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index(op.f("ix_actions_notice_id"), "actions", ["notice_id"])

    op.create_table(
        "attempts",
        sa.Column("envelope_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("handed_to", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelopes.id"], name=op.f("fk_attempts_envelope_id_envelopes")),
        sa.PrimaryKeyConstraint("envelope_id", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "message_notices",
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_notices_message_id_messages")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_message_notices_notice_id_notices")),
        sa.PrimaryKeyConstraint("message_id", "notice_id", name=op.f("pk_message_notices")),
    )
    op.create_index(op.f("ix_message_notices_notice_id"), "message_notices", ["notice_id"])

    op.create_table(
        "baselines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_job_outcome"), "runs", ["job", "outcome"])


def downgrade() -> None:
    for table in (
        "runs",
        "baselines",
        "message_notices",
        "attempts",
        "actions",
        "notices",
        "envelopes",
        "messages",
        "lines",
        "contracts",
        "accounts",
    ):
        op.drop_table(table)
