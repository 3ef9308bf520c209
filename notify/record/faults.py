"""What a failure of the database means for whoever asked: nothing happened, or nobody knows, or neither helps.

A connection that is lost during COMMIT leaves it unknown whether the commit happened. So what is said again after it
must be harmless the second time.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

# SQLSTATE (PostgreSQL, appendix A). Of a whole class the first two characters.
_COLLISIONS = {"40001", "40P01"}  # serialization_failure, deadlock_detected: rolled back, nothing happened
_UNREACHABLE = {"57P01", "57P02", "57P03", "53300"}  # shut down, crashed, still starting; too many connections
_CONNECTION = "08"


def is_collision(fault: BaseException) -> bool:
    """Whether two transactions met and this one was rolled back for it: the same again is likely to succeed."""
    return _sqlstate(fault) in _COLLISIONS


def is_unreachable(fault: BaseException) -> bool:
    """Whether a database server was lost or not reached. If it was lost in a COMMIT, that may have happened or not.

    SQLite is no server: a file that cannot be opened or is locked is not reached any sooner by asking again.
    """
    if not isinstance(fault, DBAPIError):
        return False
    state = _sqlstate(fault)
    if fault.connection_invalidated or state in _UNREACHABLE or state.startswith(_CONNECTION):
        return True
    # What libpq says of a connection that could not be made, or broke, comes without a state.
    return isinstance(fault, OperationalError) and hasattr(fault.orig, "sqlstate") and not state


def _sqlstate(fault: BaseException) -> str:
    return str(getattr(getattr(fault, "orig", None), "sqlstate", None) or "")
