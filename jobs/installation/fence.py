"""Whether this installation may send from its database at this moment: asked for each envelope, by the gate.

It may not while a person paused sending; where the database belongs to another installation, as a copied one does;
and where the database is older than this installation remembers, as a restored backup is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from jobs.installation.state_file import Seen, StateFile, StateFileError, notebooks_of
from jobs.installation.watch import Reading, Watch
from notify.delivery.lease import seconds_gone
from notify.ledger.notebook import discard_all
from notify.ledger.switches import (
    Installed,
    Pause,
    Standing,
    admit,
    admit_first,
    has_mark,
    last_claim,
    latest_installation,
    standing,
)
from notify.record.faults import is_unreachable


class Fenced(StrEnum):
    """Why an installation may not send from a database before a person adopts it."""

    COPIED = "copied"
    RESTORED = "restored"


class Fence:
    """The pause and the fence, as the database and the state file have them. A fresh database adopts by itself.

    `hear` is told the time by the database's server, where there is one, and what `seconds_gone` was before.
    """

    def __init__(
        self,
        engine: Engine,
        file: StateFile,
        clock: Callable[[], datetime],
        hear: Callable[[datetime, float], None] = lambda _instant, _seconds: None,
    ) -> None:
        self._engine = engine
        self._file = file
        self._clock, self._hear = clock, hear
        self._watch = Watch(engine, self._read)
        self._judged: tuple[Reading, str] | None = None

    def stopped(self) -> str:
        """Why nothing may leave, as a sentence; "" while mail may. What cannot be asked is a reason, too.

        Raises:
            DBAPIError: the database server was lost or is not reached.
        """
        try:
            return self.refusal()
        except StateFileError as error:
            return str(error)
        except (DBAPIError, OSError, sqlite3.Error) as error:
            if is_unreachable(error):
                raise
            said = error.orig if isinstance(error, DBAPIError) else error
            return f"the database cannot be asked whether mail may leave: {said}"

    def known(self) -> str | None:
        """What `stopped` says, where that is known without waiting for the database; None where it is not."""
        judged = self._judged
        return judged[1] if judged is not None and self._watch.is_still(judged[0]) else None

    def refusal(self) -> str:
        """Why nothing may leave, as a sentence; "" while mail may.

        Raises:
            StateFileError: the state file cannot be read or written.
            DBAPIError | OSError: the database cannot be reached.
        """
        # The file before the database: what it remembers was in the database before, never the other way round.
        _ = self._file.identity
        found = self._watch.read()
        if self._judged is None or self._judged[0] != found:
            self._judged = found, self._judge(found)
        return self._judged[1]

    def fenced(self) -> Fenced | None:
        """Which of the two keeps this installation from sending, if one does. Writes nothing.

        Raises:
            StateFileError: the state file cannot be read or made.
        """
        _ = self._file.identity
        return _fenced(self._watch.read())

    def why_fenced(self) -> str:
        """The sentence about it, "" where nothing is fenced."""
        which = self.fenced()
        return self._sentence(which, self._watch.read().now) if which else ""

    def adopt(self, by: str) -> None:
        """Lets this installation send from the database from now on.

        It leaves a mark, so that the same backup restored once more is noticed again.

        Raises:
            StateFileError: the state file cannot be read or written.
        """
        discard_all(notebooks_of(self._file.path))  # they tell of another life of the database
        with self._engine.begin() as connection:
            now = admit(connection, self._this(by))
        self._file.remember(now.database, now.mark, self._clock(), anew=True)

    def close(self) -> None:
        """Gives back the connection that is kept for watching."""
        self._watch.close()

    def _read(self, connection: Connection) -> Reading:
        seconds = seconds_gone()
        now = standing(connection, self._file.identity)
        if now.at is not None:
            self._hear(now.at, seconds)
        seen = self._file.seen(now.database)
        is_behind = seen is not None and seen.mark != now.mark and not has_mark(connection, seen.mark.token)
        return Reading(now, is_behind)

    def _judge(self, found: Reading) -> str:
        which, now = _fenced(found), found.now
        if which is not None:
            return self._sentence(which, now)
        if now.is_fresh or not now.database:
            with self._engine.begin() as connection:
                now = admit_first(connection, self._this(""))
            if not now.is_known:
                return self._judge(self._watch.read_anew())  # another installation was quicker
        seen = self._file.seen(now.database)
        if seen is None or seen.mark != now.mark:
            # Before the first mail of a claim leaves: else a crash now, and a backup of a moment ago, would send twice.
            self._file.remember(now.database, now.mark, self._clock())
            seen = self._file.seen(now.database)
            if seen is not None and seen.mark.number > now.mark.number:
                # Another process has seen more: either the database has it by now, or it was turned back.
                return self._judge(self._watch.read_anew())
        return pause_sentence(now.pause) if now.pause is not None else ""

    def _this(self, by: str) -> Installed:
        return Installed(self._file.identity, self._file.machine.host, self._file.folder, self._clock(), by)

    def _sentence(self, which: Fenced, now: Standing) -> str:
        with self._engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            other, last = latest_installation(connection), last_claim(connection)
        if which is Fenced.COPIED and other is not None:
            return copied_sentence(other, self._this(""), last)
        return restored_sentence(last, self._file.seen(now.database))


def _fenced(found: Reading) -> Fenced | None:
    if found.is_behind:
        return Fenced.RESTORED
    return None if found.now.is_known or found.now.is_fresh else Fenced.COPIED


def pause_sentence(pause: Pause) -> str:
    """Says since when, by whom and why sending is paused, and what ends it."""
    who = f" by {pause.by}" if pause.by else ""
    why = f" ({pause.reason})" if pause.reason else ""
    return f"sending is paused since {_instant(pause.since)}{who}{why}; `kigen resume` starts it again"


def copied_sentence(other: Installed, this: Installed, last: datetime | None) -> str:
    """Says whose the database is, and what to do."""
    return (
        f"the database belongs to another installation, in {other.folder} on {other.host} since "
        f"{_instant(other.adopted_at)}, last delivery {_instant(last)}; this one, in {this.folder} on {this.host}, "
        "sends nothing from it before `kigen adopt`, which shows first what would be sent"
    )


def restored_sentence(last: datetime | None, seen: Seen | None) -> str:
    """Says from when the database is and until when it was seen, and what to do."""
    return (
        f"the database is not the one that this installation sent from until {_instant(seen.at if seen else None)}: "
        f"it lacks what was recorded then, like a restored backup, and its last delivery is of {_instant(last)}; "
        "nothing is sent from it before `kigen adopt`, which shows first what would be sent again"
    )


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "never"
