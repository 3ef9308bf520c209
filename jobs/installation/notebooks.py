"""The notebooks of this installation: who holds something and lives, and what those had in hand who do not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from jobs.config.load import ConfigError
from jobs.log.logger import Logger
from notify.ledger.notebook import Account, Notebook, account_of, boot, discard, left_behind
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

    def open(self, owner: str) -> Notebook:
        """A new notebook, which is to be its owner's only one and tells that it lives until it is closed.

        Raises:
            ConfigError: it cannot be made.
        """
        try:
            return Notebook.opened(self._folder, owner, self._since)
        except OSError as problem:
            said = f"what is in hand cannot be noted in {self._folder}: {problem.strerror}"
            raise ConfigError(f"installation.file: {said}") from problem

    @contextmanager
    def opened(self, owner: str) -> Iterator[Notebook]:
        """The notebook of a delivery. It stays where the block raises.

        Raises:
            ConfigError: it cannot be made.
        """
        notebook, is_done = self.open(owner), False
        try:
            yield notebook
            is_done = True
        finally:
            notebook.close(is_done=is_done)

    def accounts(self, owners: Iterable[str]) -> dict[str, Account]:
        """Of those owners that are over, as far as can be told from here, what their notebooks tell."""
        found = ((owner, self._account(owner)) for owner in sorted(owners))
        return {owner: account for owner, account in found if account is not None}

    def settle(self, outbox: Outbox, now: datetime) -> Collection[str]:
        """Puts on record what the notebooks of deliveries that are over tell of their claims. Whose they are."""
        accounts = self.accounts(outbox.holders())
        for owner, account in accounts.items():
            if told := outbox.settle_dead(owner, account, now):
                _log.info("a delivery that died was settled", owner=owner, envelopes=told)
        return accounts.keys()

    def tidy(self, holders: Callable[[], Collection[str]]) -> None:
        """Throws away what was left behind by those who hold nothing; whoever writes no more will not hold any more."""
        if found := set(left_behind(self._folder)):
            for owner in found.difference(holders()):
                self.discard(owner)

    def discard(self, owner: str) -> None:
        """Throws away the notebook of that owner, where there is one."""
        discard(self._folder, owner)

    def _account(self, owner: str) -> Account | None:
        try:
            return account_of(self._folder, owner, self._since)
        except OSError as problem:
            _log.warning("a notebook cannot be read; its owner is taken to live", owner=owner, reason=str(problem))
            return None
