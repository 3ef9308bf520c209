"""The notebooks of this installation's deliveries: opened, read after a crash, thrown away when all is on record."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from jobs.config.load import ConfigError
from jobs.log.logger import Logger
from notify.ledger.notebook import Account, Notebook, account_of, boot, discard, owners
from notify.ledger.outbox import Outbox

_log = Logger("jobs.delivery")


class Notebooks:
    """Beside the state file, in a folder that only its owner can read; like that file they belong in no backup."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._since = boot()

    @property
    def outlive_a_process(self) -> bool:
        """Whether they tell after a crash what had been in hand; not where the system does not say when it started."""
        return bool(self._since)

    @contextmanager
    def opened(self, owner: str) -> Iterator[Notebook]:
        """The notebook of a delivery, which is to be its owner's only one. It stays where the block raises.

        Raises:
            ConfigError: it cannot be made.
        """
        try:
            notebook = Notebook.opened(self._folder, owner, self._since)
        except OSError as problem:
            said = f"what is in hand cannot be noted in {self._folder}: {problem.strerror}"
            raise ConfigError(f"installation.file: {said}") from problem
        is_done = False
        try:
            yield notebook
            is_done = True
        finally:
            notebook.close(is_done=is_done)

    def settle(self, outbox: Outbox, gone: Collection[str], now: datetime) -> None:
        """Puts on record what the notebooks of deliveries that died tell of their claims."""
        for owner in sorted(gone):
            account = self._account(owner)
            if account is not None and (told := outbox.settle_dead(owner, account, now)):
                _log.info("a delivery that died was settled", owner=owner, envelopes=told)

    def tidy(self, finished: Collection[str]) -> None:
        """Throws away the notebooks of these: nothing of theirs is open any more."""
        for owner in finished:
            discard(self._folder, owner)

    def owners(self) -> list[str]:
        """Whose notebooks there are."""
        return list(owners(self._folder))

    def _account(self, owner: str) -> Account | None:
        try:
            return account_of(self._folder, owner, self._since)
        except OSError as problem:
            _log.warning("a notebook cannot be read; what its delivery had begun is in doubt", reason=str(problem))
            return None
