"""Failures as a user meets them: one sentence and an exit status for each that can be foreseen."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

from contracts.book_file import BookFileError
from contracts.catalogue_file import CatalogueError
from contracts.store import UnknownMenuError
from jobs.cli import Exit
from jobs.config import ConfigError
from jobs.database import DatabaseUrlError
from jobs.demo import DemoFolderInUse
from jobs.opening import DatabaseNotReady
from jobs.plans import PlanError
from jobs.runs import RunUnderWay
from notify.bounces_records import StillInHand
from notify.ledger import NotPossible
from notify.page_folder import PageError
from notify.rendering import TemplateProblem

# Failures whose own message is the sentence: what, where, what is allowed.
SAID_AS_IT_IS = (
    BookFileError,
    CatalogueError,
    ConfigError,
    DatabaseNotReady,
    DatabaseUrlError,
    DemoFolderInUse,
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


def _of_database(error: DBAPIError) -> tuple[str, int] | None:
    said = str(error.orig).strip()
    if "readonly" in said or "read-only" in said:
        return "the database cannot be written to; check who owns its file and folder", Exit.WRONG_USAGE
    if "file is not a database" in said:
        return "the file that database.url names is not a database", Exit.WRONG_USAGE
    if "locked" in said:
        return "the database is locked by another process; nothing was done, try again", Exit.UNREACHABLE
    if isinstance(error, OperationalError):
        return f"the database cannot be reached: {said}", Exit.UNREACHABLE
    return None
