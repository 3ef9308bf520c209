"""The state file: which installation this is, and what it remembers."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest

from jobs.installation.state_file import Machine, Seen, StateFile, StateFileError
from notify.ledger.switches import Mark

NOW = datetime(2021, 9, 1, tzinfo=UTC)
HERE = Machine("alpha", "0123")


def a_file(folder, machine=HERE):
    return StateFile(folder / "var" / "installation.json", machine)


def test_an_installation_is_the_same_one_the_next_day(tmp_path):
    assert a_file(tmp_path).identity == a_file(tmp_path).identity


def test_two_folders_are_two_installations(tmp_path):
    assert a_file(tmp_path / "a").identity != a_file(tmp_path / "b").identity


def test_a_copied_folder_is_another_installation(tmp_path):
    original = a_file(tmp_path / "a").identity
    shutil.copytree(tmp_path / "a", tmp_path / "b")

    assert a_file(tmp_path / "b").identity != original
    assert a_file(tmp_path / "a").identity == original


def test_the_same_folder_by_another_path_is_the_same_installation(tmp_path):
    original = a_file(tmp_path / "a").identity
    (tmp_path / "link").symlink_to(tmp_path / "a")

    assert a_file(tmp_path / "link").identity == original


@pytest.mark.parametrize("machine", [Machine("beta", "0123"), Machine("alpha", "4567"), Machine("alpha")])
def test_a_cloned_host_is_another_installation(tmp_path, machine):
    assert a_file(tmp_path).identity != a_file(tmp_path, machine).identity


def test_a_lost_state_file_is_another_installation(tmp_path):
    first = a_file(tmp_path)
    before = first.identity
    first.path.unlink()

    assert a_file(tmp_path).identity != before


def test_what_was_seen_is_remembered_by_database(tmp_path):
    file = a_file(tmp_path)
    assert file.identity
    file.remember("one", Mark(3, "t3"), NOW)
    file.remember("two", Mark(8, "t8"), NOW)

    again = a_file(tmp_path)

    assert (again.seen("one"), again.seen("two"), again.seen("three")) == (
        Seen(Mark(3, "t3"), NOW),
        Seen(Mark(8, "t8"), NOW),
        None,
    )


def test_of_two_processes_that_remember_the_higher_mark_stays(tmp_path):
    """Whoever has read the file earlier must not turn it back."""
    early, late = a_file(tmp_path), a_file(tmp_path)
    assert early.identity == late.identity

    late.remember("one", Mark(9, "t9"), NOW)
    early.remember("one", Mark(4, "t4"), NOW + timedelta(hours=1))

    assert a_file(tmp_path).seen("one") == early.seen("one") == Seen(Mark(9, "t9"), NOW)


def test_what_was_adopted_is_remembered_anew_even_where_its_mark_is_lower(tmp_path):
    file = a_file(tmp_path)
    assert file.identity
    file.remember("one", Mark(9, "t9"), NOW)

    file.remember("one", Mark(4, "t4"), NOW, anew=True)

    assert a_file(tmp_path).seen("one") == Seen(Mark(4, "t4"), NOW)


def test_many_that_begin_at_once_are_one_installation(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(a_file(tmp_path).identity)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_only_its_owner_can_read_it_and_no_draft_is_left(tmp_path):
    file = a_file(tmp_path)
    assert file.identity
    file.remember("one", Mark(1, "t1"), NOW)

    assert {path.name for path in file.path.parent.iterdir()} == {"installation.json", "installation.json.lock"}
    assert [path.stat().st_mode & 0o777 for path in (file.path, file.path.parent)] == [0o600, 0o700]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\x00\x00",
        '{"installation": 1, "databases": {}}',
        '{"installation": "x"}',
        '{"installation": "x", "databases": {"one": 3}}',
        '{"installation": "x", "databases": {"one": {"mark": "3", "token": "t", "seen_at": "2021-09-01T00:00:00Z"}}}',
        '{"installation": "x", "databases": {"one": {"mark": 3, "token": "t", "seen_at": "2021-09-01T00:00:00"}}}',
        '{"installation": "x", "databases": {"one": {"mark": 3, "token": "t"}}}',
        '{"installation": "x", "databases": {"one": {"mark": 3, "seen_at": "2021-09-01T00:00:00+00:00"}}}',
    ],
)
def test_a_damaged_state_file_is_an_error_that_says_what_to_do_and_is_left_as_it_is(tmp_path, content):
    file = a_file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text(content)

    with pytest.raises(StateFileError, match="kigen adopt"):
        _ = file.identity

    assert file.path.read_text() == content


def test_a_state_file_that_cannot_be_written_is_an_error(tmp_path):
    file = a_file(tmp_path)
    file.path.with_name("installation.json.lock").mkdir(parents=True)

    with pytest.raises(StateFileError, match="cannot be written"):
        _ = file.identity


def test_a_state_file_that_cannot_be_read_is_an_error(tmp_path):
    file = a_file(tmp_path)
    file.path.mkdir(parents=True)

    with pytest.raises(StateFileError, match="cannot be read"):
        _ = file.identity


def test_a_state_file_that_goes_away_while_it_is_used_is_an_error_not_a_new_installation(tmp_path):
    file = a_file(tmp_path)
    assert file.identity
    file.path.unlink()

    with pytest.raises(StateFileError, match="was removed"):
        file.remember("one", Mark(1, "t1"), NOW)

    assert not file.path.exists()


def test_a_crash_in_the_middle_of_writing_leaves_the_file_as_it_was(tmp_path):
    file = a_file(tmp_path)
    before = file.identity
    file.path.with_name(".installation.json.999").write_text('{"installation"')

    assert a_file(tmp_path).identity == before
    assert json.loads(file.path.read_text())["databases"] == {}
