"""The command line on a real SQLite file and a real Maildir: what every test of this folder starts from."""

from __future__ import annotations

import os

import pytest
from cli_builders import Installation


@pytest.fixture
def kigen(tmp_path):
    """An installation without a book yet."""
    return Installation(tmp_path / "kigen")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """The developer's own KIGEN_… variables are not these tests' business."""
    for name in os.environ:
        if name.startswith("KIGEN_"):
            monkeypatch.delenv(name)
