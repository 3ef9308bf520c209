"""What each notice was decided on, so that a delivery need not decide again on the same.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("grounds", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("notices", "grounds")
