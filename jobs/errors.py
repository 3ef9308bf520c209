"""Failures as a user meets them: one sentence and an exit status for each that can be foreseen."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

from contracts.files.catalogue_file import CatalogueError
from contracts.files.sheet import BookFileError
from contracts.store.book import UnknownMenuError
from jobs.cli.main import Exit
from jobs.cli.opening import DatabaseNotReady
from jobs.config.load import ConfigError
from jobs.database.engines import DatabaseUrlError
from jobs.demo.demo import DemoFolderInUse
from jobs.pages.folder import PageError
from jobs.retention.forget import NoSuchAccount
from jobs.retention.legal_holds import NoSuchHold
from jobs.runs.history import RunUnderWay
from jobs.terminal.whole_file import FileInTheWay
from jobs.views.plan import PlanError
from notify.ledger.bounces import StillInHand
from notify.ledger.ledger import NotPossible
from notify.letters.problem import TemplateProblem
from notify.record.faults import is_collision, is_unreachable

# Failures whose own message is the sentence: what, where, what is allowed.
SAID_AS_IT_IS = (
    BookFileError,
    CatalogueError,
    ConfigError,
    DatabaseNotReady,
    DatabaseUrlError,
    DemoFolderInUse,
    FileInTheWay,
    NoSuchAccount,
    NoSuchHold,
    NotPossible,
    PageError,
    PlanError,
    TemplateProblem,
    UnknownMenuError,
)


def sentence_and_status(error: Exception) -> tuple[str, int] | None:
    """What to tell the user, and the exit status; None for what nobody foresaw."""
    if isinstance(error, RunUnderWay):
        return str(error), Exit.REFUSED
    if isinstance(error, StillInHand):
        return str(error), Exit.UNREACHABLE
    if isinstance(error, SAID_AS_IT_IS):
        return str(error), Exit.WRONG_USAGE
    if isinstance(error, DBAPIError):
        return _of_database(error)
    if isinstance(error, OSError):
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


def _of_database(error: DBAPIError) -> tuple[str, int] | None:
    said = str(error.orig).strip()
    for part, found in _OF_DATABASE.items():
        if part in said:
            return found
    if is_collision(error):
        return "another process changed the same at this moment; nothing was done, try again", Exit.UNREACHABLE
    if isinstance(error, OperationalError) or is_unreachable(error):
        return f"the database cannot be reached: {' '.join(said.split())}", Exit.UNREACHABLE
    return None
