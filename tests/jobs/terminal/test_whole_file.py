"""Files for people: whole or not there, whoever is killed while writing them."""

from __future__ import annotations

import fcntl
import signal
import stat
import subprocess
import sys

import pytest

from jobs.terminal.whole_file import whole_file

KILLED = """
import os, signal, sys
from pathlib import Path
from jobs.terminal.whole_file import whole_file

with whole_file(Path(sys.argv[1])) as draft:
    draft.write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one_that_writes_the_file(tmp_path):
    file = tmp_path / "proof[1].zip"
    killed = subprocess.run([sys.executable, "-c", KILLED, file], check=False)
    assert (killed.returncode, file.exists(), len(list(tmp_path.iterdir()))) == (-signal.SIGKILL, False, 1)

    with whole_file(file) as draft:
        draft.write_text("all of it")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("proof[1].zip", "all of it")]


def test_who_is_writing_the_same_file_is_left_alone(tmp_path):
    file = tmp_path / "proof.zip"

    with whole_file(file, replace=True) as first:
        with whole_file(file, replace=True) as second:
            second.write_text("the second")
        first.write_text("the first")

    assert file.read_text() == "the first"


def test_a_draft_that_another_one_took_for_left_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    flock, taken = fcntl.flock, []

    def after_another_one(handle, how):
        if not taken:
            (draft,) = tmp_path.iterdir()
            taken.append(draft)
            draft.unlink()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", after_another_one)

    with whole_file(tmp_path / "proof.zip") as draft:
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_made_is_named_by_its_own_name(tmp_path):
    file = tmp_path / ("x" * 250)

    with pytest.raises(OSError, match="File name too long") as raised, whole_file(file):
        pass

    assert raised.value.filename == str(file)
