"""The command line on a real database and a real Maildir: what every test of this folder starts from."""

from __future__ import annotations

import os

import pytest

from tests.end_to_end.installation import LOCALE, Installation
from tests.postgres import URL_FILE, database_url


@pytest.fixture
def kigen(tmp_path):
    """An installation without a book yet; on PostgreSQL where the test runs on that (tests/conftest.py)."""
    if (tmp_path / URL_FILE).exists():
        return Installation(tmp_path / "kigen", url=database_url(tmp_path))
    return Installation(tmp_path / "kigen")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """The developer's own KIGEN_… variables and language are not these tests' business."""
    for name in os.environ:
        if name.startswith("KIGEN_") or name in LOCALE:
            monkeypatch.delenv(name)
