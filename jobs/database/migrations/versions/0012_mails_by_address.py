"""All mail to one address is found by it: a soft bounce asks for it, and so does a person.

Revision: 0012, after 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_envelopes_address", "envelopes", ["address"])


def downgrade() -> None:
    op.drop_index("ix_envelopes_address", "envelopes")
