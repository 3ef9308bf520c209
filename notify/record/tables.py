"""The ledger's tables. Jobs' migrations create them; `metadata` says how they ought to look.

What names a person stands in the chain of hashes only through a hash of its own, made with the row's salt. To purge it
is to empty the text and the salt: the hash stays, and says nothing any more (proof).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from notify.bounces.values import BounceClass
from notify.record.columns import EnumText, RowId, UtcDateTime
from notify.record.values import Outcome, Status

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_TEXT_IS_KEPT = text("raw IS NOT NULL")

messages = Table(
    "messages",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(64), nullable=False),
    # Not unique: words that change and change back may be given the Message-ID of what was withdrawn unsent.
    Column("message_id", String(255), nullable=False, index=True),
    Column("subject", Text, nullable=False),  # "" once purged
    Column("sender", String(320), nullable=False),
    Column("raw", LargeBinary),  # NULL once purged
    Column("raw_hash", String(64)),  # of the bytes alone: evidence that outlives them
    Column("salt", String(32)),  # NULL once the subject is purged
    Column("subject_hash", String(64)),
    Column("words_hash", String(64), nullable=False),
    Column("facts_hash", String(64), nullable=False),
    Column("template_hash", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_reason", String(64), nullable=False, default=""),
    # Those whose text is still kept, by age: what a purge looks for.
    Index("ix_messages_kept", "kind", "created_at", sqlite_where=_TEXT_IS_KEPT, postgresql_where=_TEXT_IS_KEPT),
)

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("contract", String(128), nullable=False),
    Column("line", String(128), nullable=False),
    Column("occasion", String(64), nullable=False),
    Column("status", EnumText(Status), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("due_on", Date),
    Column("not_after", Date),
    Column("as_of", Date, nullable=False),
    Column("checks", JSON, nullable=False),
    Column("message_id", RowId, ForeignKey("messages.id"), index=True),
    Column("facts_hash", String(64), nullable=False, default=""),
    Column("grounds", String(64), nullable=False, default="", server_default=""),  # what it was decided on, see Wanted
    Column("approved_by", String(128)),
    Column("approved_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("resent_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    # Contract first: its index also finds all notices of a contract.
    UniqueConstraint("contract", "line", "kind", "occasion"),
    Index(None, "status"),
)

message_notices = Table(
    "message_notices",
    metadata,
    Column("message_id", RowId, ForeignKey("messages.id"), primary_key=True),
    Column("notice_id", RowId, ForeignKey("notices.id"), primary_key=True, index=True),
)

envelopes = Table(
    "envelopes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("message_id", RowId, ForeignKey("messages.id"), nullable=False),
    Column("role", String(8), nullable=False),
    Column("address", String(320)),  # NULL once purged
    Column("salt", String(32)),  # NULL once the address is purged
    Column("address_hash", String(64)),
    Column("status", EnumText(Status), nullable=False),
    Column("due_on", Date, nullable=False),  # the earliest of its notices'
    Column("not_before", Date),  # the business day its notices were decided for
    Column("not_after", Date),  # the earliest of its notices'; NULL for none, or when a person asked for it again
    Column("attempt", Integer, nullable=False, default=0),
    # Those of the notice at this address: a letter that is written anew takes them over, with what follows from them.
    Column("tries", Integer, nullable=False, default=0),
    Column("first_tried_at", UtcDateTime),
    Column("resends", Integer, nullable=False, default=0),
    Column("owner", String(128)),
    Column("lease_until", UtcDateTime),
    Column("next_attempt_at", UtcDateTime),
    Column("queued_at", UtcDateTime, nullable=False),  # since when it waits to go out, however often written anew
    Column("reply", Text, nullable=False, default=""),
    Column("sent_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("message_id", "address"),
    Index("ix_envelopes_claim", "status", "due_on", "next_attempt_at", "id"),  # in the order of a delivery
    Index(None, "address"),  # what went to it, and whether that came back
)

attempts = Table(
    "attempts",
    metadata,
    Column("envelope_id", RowId, ForeignKey("envelopes.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(128), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", EnumText(Outcome)),
    Column("reply", Text, nullable=False, default=""),
    Column("handed_to", String(320), nullable=False, default=""),  # "" too once purged
    Column("salt", String(32)),  # NULL where nothing was redirected, and once that is purged
    Column("handed_to_hash", String(64)),  # NULL where nothing was redirected
)

actions = Table(
    "actions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("notice_id", RowId, ForeignKey("notices.id"), nullable=False, index=True),
    Column("action", String(16), nullable=False),
    Column("by", String(128), nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)

controls = Table(
    "controls",
    metadata,
    Column("name", String(32), primary_key=True),  # "pause", "database": see notify/ledger/switches.py
    Column("text", Text, nullable=False, default=""),
    Column("by", String(128), nullable=False, default=""),
    Column("at", UtcDateTime),
)

installations = Table(
    "installations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("folder", Text, nullable=False),
    Column("adopted_at", UtcDateTime, nullable=False),
    Column("adopted_by", String(128), nullable=False, default=""),
)

# One for each commit that let mail leave, never deleted: what an installation saw and a backup lacks tells its age.
marks = Table(
    "marks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("token", String(32), nullable=False, unique=True),
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("envelope_id", RowId, ForeignKey("envelopes.id"), nullable=False),
    Column("report", String(64), nullable=False),  # the report's digest: it counts once for an envelope
    Column("bounce_class", EnumText(BounceClass), nullable=False),
    Column("status", String(16), nullable=False, default=""),
    Column("diagnostic", Text, nullable=False, default=""),
    Column("reporting_mta", String(255), nullable=False, default=""),
    Column("matched_by", String(16), nullable=False),  # "return-address" or "message-id"
    Column("reported_at", UtcDateTime),
    Column("received_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),  # when the sales desk was told
    UniqueConstraint("envelope_id", "report"),
    Index(None, "told_at"),
)

# Addresses that are not written to, since when and until a person said that they work again; never deleted.
marked_addresses = Table(
    "marked_addresses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("address", String(320), index=True),  # NULL once purged
    Column("salt", String(32)),  # NULL once the address is purged
    Column("address_hash", String(64)),
    Column("bounce_id", RowId, ForeignKey("bounces.id")),  # NULL: the relay refused it at once
    Column("marked_at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("cleared_by", String(128), nullable=False, default=""),
)

# One entry for each transaction that changed what lasts, without gaps, never changed or deleted: see
# notify/proof/chain.py.
chain = Table(
    "chain",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(16), nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON: table → row → digest
    Column("link", String(64), nullable=False),  # the hash of all that and of the link before it
)

# The chain's last entry, in the one row 1; no row before the first entry. Locked by whoever adds one.
chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", RowId, nullable=False),
    Column("link", String(64), nullable=False),
)
