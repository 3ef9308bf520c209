"""What to tell a user of a failure: its own sentence, or the one for what a database or the system said."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

from contracts.errors import ContractsError
from contracts.files.sheet import BookFileError
from jobs.errors import Exit, KigenError
from jobs.language.messages import Messages
from notify.errors import NotifyError
from notify.record.faults import is_collision, is_unreachable


def sentence_and_status(error: Exception) -> tuple[str, Exit] | None:
    """What to tell the user, and the exit status; None for what nobody foresaw."""
    match error:
        case KigenError():
            return str(error), error.status
        case NotifyError():
            return str(error), Exit.UNREACHABLE if error.passes else Exit.WRONG_USAGE
        case ContractsError():
            file = f"{error.path}: " if isinstance(error, BookFileError) else ""
            return f"{file}{Messages('en').said(error)}", Exit.WRONG_USAGE
        case DBAPIError():
            return _of_database(error)
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}", Exit.WRONG_USAGE
    return None


# What the databases say, in parts of their sentences, and what that means for whoever typed the command.
_LOCKED = "the database is locked by another process; nothing was done, try again", Exit.UNREACHABLE
_READ_ONLY = "the database cannot be written to; check who owns its file and folder", Exit.WRONG_USAGE
_OF_DATABASE = {
    "readonly": _READ_ONLY,
    "read-only": _READ_ONLY,
    "file is not a database": ("the file that database.url names is not a database", Exit.WRONG_USAGE),
    "permission denied for": ("the role in database.url may not use kigen's tables", Exit.WRONG_USAGE),
    "locked": _LOCKED,
    "lock timeout": _LOCKED,
}


def _of_database(error: DBAPIError) -> tuple[str, Exit] | None:
    said = str(error.orig).strip()
    for part, found in _OF_DATABASE.items():
        if part in said:
            return found
    if is_collision(error):
        return "another process changed the same at this moment; nothing was done, try again", Exit.UNREACHABLE
    if isinstance(error, OperationalError) or is_unreachable(error):
        return f"the database cannot be reached: {' '.join(said.split())}", Exit.UNREACHABLE
    return None
