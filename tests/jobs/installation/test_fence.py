"""The fence: copies and restored backups of a real database file send nothing before a person adopts them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from jobs.database.engines import create_engine_for
from jobs.database.schema import create_tables
from jobs.installation.fence import Fence, Fenced
from jobs.installation.state_file import Machine, StateFile
from notify.ledger import switches

NOW = datetime(2021, 9, 1, tzinfo=UTC)


class Place:
    """A folder on a host, with a database and a state file in it."""

    def __init__(self, folder, host="alpha", database=None):
        self.folder = folder
        self.database = database or folder / "kigen.db"
        self.url = f"sqlite:///{self.database}"
        self.state = folder / "installation.json"
        self.host = host
        folder.mkdir(exist_ok=True)
        if not self.database.exists():
            create_tables(self.url)

    def fence(self):
        """As a new process has it."""
        return Fence(create_engine_for(self.url), StateFile(self.state, Machine(self.host, "0123")), lambda: NOW)

    def claim(self, times=1):
        """Claims are made, and the gate is asked before the mail leaves."""
        with create_engine_for(self.url).begin() as connection:
            for _ in range(times):
                switches.advance_mark(connection)
        return self.fence().stopped()

    def back_up(self):
        return shutil.copy(self.database, self.folder / "backup")

    def restore(self):
        shutil.copy(self.folder / "backup", self.database)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "a")


def test_a_fresh_database_adopts_by_itself_and_stays_open(place):
    assert place.fence().stopped() == ""
    assert place.claim(3) == ""
    assert place.fence().fenced() is None


# copied


def test_a_copied_database_is_fenced_and_the_original_goes_on(place, tmp_path):
    place.claim()
    (tmp_path / "b").mkdir()
    shutil.copy(place.database, tmp_path / "b")
    copy = Place(tmp_path / "b", host="beta")

    said = copy.fence().stopped()

    assert copy.fence().fenced() is Fenced.COPIED
    assert f"in {place.folder} on alpha since 2021-09-01 00:00 UTC" in said
    assert f"in {copy.folder} on beta" in said
    assert "kigen adopt" in said
    assert place.claim() == ""


def test_a_copy_of_the_whole_folder_is_fenced(place, tmp_path):
    place.claim()
    shutil.copytree(place.folder, tmp_path / "b")

    assert Place(tmp_path / "b").fence().fenced() is Fenced.COPIED


def test_a_clone_of_the_whole_host_is_fenced(place):
    place.claim()

    assert Place(place.folder, host="clone").fence().fenced() is Fenced.COPIED


def test_a_lost_state_file_fences(place):
    """Without its memory nobody can tell whether the database is the latest one."""
    place.claim()
    place.state.unlink()

    assert place.fence().fenced() is Fenced.COPIED


def test_an_adopted_copy_sends_and_stays_adopted(place, tmp_path):
    place.claim()
    (tmp_path / "b").mkdir()
    shutil.copy(place.database, tmp_path / "b")
    copy = Place(tmp_path / "b")

    copy.fence().adopt("suzuki")

    assert copy.fence().stopped() == ""
    assert copy.claim(5) == ""


def test_several_machines_that_share_a_database_adopt_once_each(place, tmp_path):
    place.claim()
    second = Place(tmp_path / "b", host="beta", database=place.database)
    assert second.fence().fenced() is Fenced.COPIED

    second.fence().adopt("suzuki")

    assert [each.claim() for each in (place, second, place, second)] == ["", "", "", ""]


# restored


def test_a_restored_backup_is_fenced_with_both_times(place):
    place.claim(3)
    place.back_up()
    place.claim(2)
    place.restore()

    assert place.fence().fenced() is Fenced.RESTORED
    said = place.fence().stopped()
    assert "sent from until 2021-09-01 00:00 UTC" in said
    assert "its last delivery is of never" in said  # nothing but marks was made here


def test_a_backup_that_lacks_nothing_is_not_fenced(place):
    place.claim(3)
    place.back_up()
    place.restore()

    assert place.fence().stopped() == ""


def test_a_backup_from_before_the_first_mail_is_fenced(place):
    """It looks like a fresh database, but for its name."""
    place.back_up()
    place.claim()
    place.restore()

    assert place.fence().fenced() is Fenced.RESTORED


def test_a_backup_restored_while_the_program_runs_is_noticed_before_the_next_mail(place):
    place.claim()
    place.back_up()
    place.claim()
    running = place.fence()
    assert running.stopped() == ""

    place.restore()

    assert "like a restored backup" in running.stopped()


def test_a_backup_moved_to_the_databases_place_while_the_program_runs_is_noticed(place):
    place.claim()
    place.back_up()
    place.claim()
    running = place.fence()
    assert running.stopped() == ""

    (place.folder / "backup").rename(place.database)

    assert "like a restored backup" in running.stopped()


def test_what_one_process_saw_fences_the_others_of_the_same_installation(place):
    place.fence().stopped()
    place.back_up()
    place.claim()  # in one process
    place.restore()

    assert place.fence().fenced() is Fenced.RESTORED


def test_a_running_process_is_fenced_by_what_only_another_one_saw(place):
    """It saw less than the backup has, and the state file more."""
    running = place.fence()
    assert running.stopped() == ""
    place.claim()
    place.back_up()
    place.claim()
    place.restore()

    assert "like a restored backup" in running.stopped()


def test_two_processes_that_claim_in_turn_do_not_fence_each_other(place):
    one, other = place.fence(), place.fence()

    for _ in range(3):
        assert (place.claim(), one.stopped(), place.claim(), other.stopped()) == ("", "", "", "")


def test_an_adopted_backup_sends_and_the_same_backup_restored_once_more_is_fenced_again(place):
    place.claim(3)
    place.back_up()
    place.claim(2)
    place.restore()

    place.fence().adopt("suzuki")

    assert place.claim() == ""
    place.restore()
    assert place.fence().fenced() is Fenced.RESTORED


def test_claims_made_from_a_restored_backup_do_not_make_it_pass_for_the_lost_one(place):
    """However many marks it gets, those that were seen are not among them."""
    place.claim(3)
    place.back_up()
    place.claim(2)
    place.restore()

    assert ["like a restored backup" in place.claim() for _ in range(4)] == [True] * 4


def test_a_copy_that_worked_on_elsewhere_is_fenced_when_it_comes_back(place, tmp_path):
    """Both went on from the same state: the copy lacks what the original sent meanwhile."""
    place.claim()
    (tmp_path / "b").mkdir()
    shutil.copy(place.database, tmp_path / "b")
    copy = Place(tmp_path / "b")
    copy.fence().adopt("suzuki")
    assert (place.claim(2), copy.claim(5)) == ("", "")

    shutil.copy(copy.database, place.database)

    assert place.fence().fenced() is Fenced.RESTORED


def test_each_machine_that_shares_a_restored_backup_adopts_it(place, tmp_path):
    second = Place(tmp_path / "b", host="beta", database=place.database)
    place.claim()
    second.fence().adopt("suzuki")
    place.back_up()
    assert (place.claim(), second.claim()) == ("", "")
    place.restore()

    second.fence().adopt("suzuki")

    assert (second.fence().fenced(), place.fence().fenced()) == (None, Fenced.RESTORED)


def test_another_database_is_not_measured_by_the_marks_of_the_first(place):
    place.claim(5)
    other = Place(place.folder, database=place.folder / "other.db")

    assert other.fence().stopped() == ""
    assert place.fence().stopped() == ""


# the pause and the questions


def test_a_pause_and_its_end_are_noticed_at_the_next_question(place):
    fence = place.fence()
    other_process = create_engine_for(place.url)
    answers = [fence.stopped()]

    with other_process.begin() as connection:
        switches.pause(connection, "the relay moves", "suzuki", NOW)
    answers.append(fence.stopped())
    with other_process.begin() as connection:
        switches.resume(connection)
    answers.append(fence.stopped())

    paused = "sending is paused since 2021-09-01 00:00 UTC by suzuki (the relay moves); `kigen resume` starts it again"
    assert answers == ["", paused, ""]


def test_a_pause_by_the_same_process_is_noticed_too(place):
    engine = create_engine_for(place.url)
    fence = Fence(engine, StateFile(place.state, Machine("alpha")), lambda: NOW)
    assert fence.stopped() == ""

    with engine.begin() as connection:
        switches.pause(connection, "", "", NOW)

    assert "paused" in fence.stopped()


def test_a_state_file_that_cannot_be_understood_stops_everything(place):
    place.claim()
    place.state.write_text("{")

    assert "expected the state file" in place.fence().stopped()


def test_a_state_file_that_cannot_be_written_stops_everything(place):
    place.claim()
    fence = place.fence()
    assert fence.stopped() == ""
    with create_engine_for(place.url).begin() as connection:
        switches.advance_mark(connection)
    place.state.unlink()

    assert "was removed" in fence.stopped()


def test_a_database_that_is_gone_stops_everything(place):
    fence = place.fence()
    assert fence.stopped() == ""

    place.database.unlink()

    assert "cannot be asked" in fence.stopped()
    assert not place.database.exists()


def test_looking_whether_it_is_fenced_changes_nothing_in_the_database(place):
    before = place.database.read_bytes()

    assert place.fence().fenced() is None

    assert place.database.read_bytes() == before


def test_the_kept_connection_keeps_no_writer_waiting(place, monkeypatch):
    monkeypatch.setattr("jobs.database.engines.BUSY_SECONDS", 0.1)
    fence = place.fence()
    fence.stopped()

    with create_engine_for(place.url).begin() as connection:
        switches.advance_mark(connection)

    fence.close()
