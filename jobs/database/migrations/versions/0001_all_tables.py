"""All tables, as the first release has them.

Nothing is done here: a database without tables gets those of the program (jobs/database/schema.py) and the number of
the latest revision. Changes of them begin with the revision after this one.

Revision: 0001, after None
"""

from __future__ import annotations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
