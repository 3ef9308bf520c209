"""The whole daemon when something is wrong: it goes on, says it once, and does the rest when it can."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections import Counter, deque
from dataclasses import replace

import pytest
import sqlalchemy as sa

from jobs.config.load import ServiceManager
from jobs.daemon.pulse import DELIVERY, Pulse
from jobs.daemon.session import Pace
from jobs.installation.outgoing import Outgoing
from jobs.runs.run import RunResult
from jobs.runs.search import Search
from tests.end_to_end.daemons import Seen, SetClock, an_app, at_work, in_tokyo, statuses, until
from tests.end_to_end.installation import sold
from tests.jobs.log.builders import captured_events
from tests.notify.ledger.approval_builders import seen

NOON = "2021-09-01T12:00:00"


@pytest.fixture
def due(kigen):
    """A line whose second renewal notice is due on the first of September, and the daemon's clock at noon."""
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    return kigen


def named(logs, event):
    return [entry for entry in logs if entry["event"] == event]


def test_what_another_process_queues_goes_out_by_itself(due):
    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON)))):
            await until(lambda: len(due.inbox) == 1)
            due.bring(sold("K-2", term_start="2021-02-01"))
            other = an_app(due, SetClock(in_tokyo(NOON)))
            job, today = other.jobs[0], other.clock.today()
            deque(other.runner.run(Search(job, today, today), RunResult(job.name, today, False)))
            await until(lambda: len(due.inbox) == 2)

    asyncio.run(story())


def test_what_a_person_approves_goes_out_by_itself(kigen):
    kigen.configure('[jobs.renewal-notice]\napproval = "manual"\n')
    kigen.bring(sold("K-1", term_start="2021-02-01"))

    async def story():
        async with at_work(an_app(kigen, SetClock(in_tokyo(NOON)))):
            await until(lambda: kigen.ledger("status", status="held"))
            assert kigen.inbox == []
            app = an_app(kigen, SetClock(in_tokyo(NOON)))
            app.ledger.releases.approve(seen(app.ledger), "a person", in_tokyo(NOON))
            await until(lambda: len(kigen.inbox) == 1)

    asyncio.run(story())


def test_while_sending_is_paused_it_decides_and_waits_and_says_so_once(due):
    due.ask("pause", "--reason", "wrong price list")

    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON)))):
            await until(lambda: len(statuses(due)) == 4)
            await asyncio.sleep(0.3)
            assert due.inbox == []
            due.ask("resume")
            await until(lambda: due.inbox)

    with captured_events() as logs:
        asyncio.run(story())

    assert ["wrong price list" in entry["reason"] for entry in named(logs, "delivery waits")] == [True]
    assert len(named(logs, "delivery goes on")) == 1


def test_a_copied_database_is_waited_with_until_it_is_adopted(due):
    due.run("all", "2021-08-02")
    (due.folder / "var" / "installation.json").unlink()

    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON)))):
            await until(lambda: len(statuses(due)) == 8)
            await asyncio.sleep(0.2)
            assert len(due.inbox) == 1
            an_app(due, SetClock(in_tokyo(NOON))).fence.adopt("a person")
            await until(lambda: len(due.inbox) == 2)

    with captured_events() as logs:
        asyncio.run(story())

    (said,) = named(logs, "delivery waits")
    assert "kigen adopt" in said["reason"]


def test_a_run_that_fails_is_on_record_and_tried_again_with_a_growing_pause_until_it_is_done(due):
    due.sql("UPDATE lines SET menu = 'gone'")
    seen = Seen()
    clock = SetClock(in_tokyo(NOON))

    async def story():
        async with at_work(an_app(due, clock), watchers=lambda _app: [seen]):
            for minutes, failures in ((0, 1), (1, 2), (5, 3), (15, 4), (60, 5)):
                clock.go_on(minutes=minutes)
                await until(lambda failures=failures: Counter(statuses(due))[RENEWAL, "failed"] == failures)
            due.sql("UPDATE lines SET menu = 'business'")
            clock.go_on(minutes=59)
            await asyncio.sleep(0.2)
            assert (RENEWAL, "done") not in statuses(due)
            clock.go_on(minutes=1)
            await until(lambda: (RENEWAL, "done") in statuses(due) and due.inbox)

    asyncio.run(story())

    (latest, *_) = due.ask("runs", "--failed", "--job", "renewal-notice", "--format", "json").json
    assert "gone" in latest["error"]
    assert [run for run in seen.runs if run[0] == "renewal-notice"][-2:] == [
        ("renewal-notice", "2021-09-01", "failed"), ("renewal-notice", "2021-09-01", "good")
    ]  # fmt: skip


RENEWAL = "renewal-notice 2021-09-01"


def test_a_day_whose_run_keeps_failing_gives_way_to_a_newer_one(due):
    due.sql("UPDATE lines SET menu = 'gone'")
    clock = SetClock(in_tokyo(NOON))

    async def story():
        async with at_work(an_app(due, clock)):
            await until(lambda: (RENEWAL, "failed") in statuses(due))
            due.sql("UPDATE lines SET menu = 'business'")
            clock.set("2021-09-02T12:00:00")
            await until(lambda: ("renewal-notice 2021-09-02", "done") in statuses(due) and due.inbox)

    asyncio.run(story())

    assert (RENEWAL, "done") not in statuses(due)


def test_a_run_that_could_not_be_recorded_is_taken_up_again_by_the_same_process(due):
    """Its row says `running`, and its process lives: yet nobody waits for the lease."""
    app = an_app(due, SetClock(in_tokyo(NOON)))
    run = app.runs.start("renewal-notice", app.clock.today(), app.clock.now())
    due.sql("ALTER TABLE runs RENAME TO hidden")
    with pytest.raises(sa.exc.OperationalError):
        app.runs.finish(run, app.clock.now(), {})
    due.sql("ALTER TABLE hidden RENAME TO runs")

    async def story():
        async with at_work(app):
            await until(lambda: due.inbox)

    asyncio.run(story())

    assert statuses(due)[:2] == [(RENEWAL, "died"), (RENEWAL, "done")]


# Its configuration


def test_a_sighup_makes_it_go_on_with_the_new_configuration_in_the_same_process(due):
    clock, seen = SetClock(in_tokyo("2021-09-01T08:00:00")), Seen()

    async def story():
        async with at_work(an_app(due, clock), lambda: an_app(due, clock), watchers=lambda _app: [seen]):
            await until(lambda: len(statuses(due)) == 4)
            due.configure('[jobs.license-release]\nat = "07:30"\n')
            signal.raise_signal(signal.SIGHUP)
            await until(lambda: ("license-release 2021-09-01", "done") in statuses(due))
            assert seen.told == ["start", "stop", "start"]

    asyncio.run(story())

    assert len(statuses(due)) == 5
    assert seen.told == ["start", "stop", "start", "stop"]


def test_a_configuration_that_cannot_be_used_leaves_the_old_one_and_says_which_key_is_wrong(due):
    clock = SetClock(in_tokyo("2021-09-01T08:00:00"))

    async def story(logs):
        async with at_work(an_app(due, clock), lambda: an_app(due, clock)):
            await until(lambda: len(statuses(due)) == 4)
            due.configure('[jobs.license-release]\nat = "25:00"\n')
            signal.raise_signal(signal.SIGHUP)
            await until(lambda: named(logs, "configuration not read anew, the old one holds"))
            clock.set(NOON)
            await until(lambda: len(statuses(due)) == 8)

    with captured_events() as logs:
        asyncio.run(story(logs))

    (said,) = named(logs, "configuration not read anew, the old one holds")
    assert "jobs.license-release.at: expected a time of day like '09:00'" in said["reason"]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('[jobs.renewal-notice]\nat = "25:00"', "jobs.renewal-notice.at: expected a time of day like '09:00'"),
        ('[jobs.deliver]\nat = "noon"', "jobs.deliver.at: expected a time of day like '09:00'"),
        ('[jobs.renewals]\nat = "09:00"', "jobs.renewals: no such key"),
        ("[jobs.renewal-notice]\nday = 32", "jobs.renewal-notice.day: expected 'first-business-day' or a day"),
        ('[catalogue]\nfile = "nowhere.csv"', "nowhere.csv"),
        ('[templates]\ndirectories = ["nowhere"]', "nowhere"),
    ],
)  # fmt: skip
def test_what_can_be_known_to_be_wrong_is_said_at_the_start(due, table, sentence):
    due.configure(table + "\n")

    said = due.ask("daemon")

    assert (said.status, sentence in said.err) == (2, True), said.err


# Seen by a service manager


class Stuck(Outgoing):
    """A relay that never answers."""

    def transport(self):
        return self

    async def hand_over(self, _envelope, **_asked):
        await asyncio.Event().wait()

    async def close(self):
        return


@pytest.fixture
def manager():
    """Listens as systemd does: the address, and what was heard since it was asked last."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    address = f"@kigen-{secrets.token_hex(8)}"
    listening.bind("\0" + address[1:])
    listening.setblocking(False)

    def heard():
        found = []
        while True:
            try:
                found.append(listening.recv(4096).decode())
            except BlockingIOError:
                return found

    yield ServiceManager(address, watchdog_seconds=0.04), heard
    listening.close()


def test_a_service_manager_hears_of_the_start_of_a_reload_of_life_and_of_the_end(due, manager):
    listening, heard = manager
    address = replace(listening, watchdog_seconds=3600)  # a socket that is full of signs of life takes nothing else
    clock = SetClock(in_tokyo(NOON))
    found = []

    def says(text):
        found.extend(heard())
        return any(each.startswith(text) for each in found)

    async def story():
        async with at_work(an_app(due, clock), lambda: an_app(due, clock), manager=address):
            await until(
                lambda: says("READY=1") and says("WATCHDOG=1") and says("STATUS=waiting until 2021-09-02 09:00")
            )
            found.clear()
            signal.raise_signal(signal.SIGHUP)
            await until(lambda: says("RELOADING=1") and says("READY=1"))

    asyncio.run(story())

    assert says("STOPPING=1")


def fed(heard):
    return [each for each in heard() if each == "WATCHDOG=1"]


def test_a_delivery_that_is_stuck_starves_the_watchdog(due, manager):
    address, heard = manager
    now = [0.0]
    pulse = Pulse(seconds=lambda: now[0])

    async def story(logs):
        app = an_app(due, SetClock(in_tokyo(NOON)))
        app.__dict__["outgoing"] = Stuck(**vars(app.outgoing))
        async with at_work(app, manager=address, pulse=pulse) as daemon:
            await until(lambda: due.ledger("status", status="sending"))
            assert await asyncio.sleep(0.1, fed(heard))
            now[0] += 1000  # the others go on to say that they live
            await until(lambda: pulse.stuck() == [DELIVERY] and named(logs, "watchdog not fed"))
            heard()
            await asyncio.sleep(0.3)
            assert fed(heard) == []
            stuck = [task for task in asyncio.all_tasks() if "_work" in repr(task.get_coro())]
            for task in stuck:
                task.cancel()  # else it would wait for the relay for ever: that is what the manager kills it for
            daemon.request_stop()

    with captured_events() as logs:
        asyncio.run(story(logs))


def test_a_database_that_is_away_for_long_starves_the_watchdog(kigen, manager):
    address, heard = manager
    (kigen.folder / "db").mkdir()
    kigen.config.write_text(kigen.config.read_text().replace("sqlite:///kigen.db", "sqlite:///db/kigen.db"))
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    now = [0.0]
    pulse = Pulse(seconds=lambda: now[0])

    async def story(logs):
        async with at_work(an_app(kigen, SetClock(in_tokyo(NOON))), manager=address, pulse=pulse):
            await until(lambda: len(kigen.inbox) == 1)
            (kigen.folder / "db").rename(kigen.folder / "elsewhere")
            await until(lambda: named(logs, "database away"))
            now[0] += 301
            await until(lambda: pulse.stuck() == ["database"] and named(logs, "watchdog not fed"))
            heard()
            await asyncio.sleep(0.3)
            assert fed(heard) == []
            (kigen.folder / "elsewhere").rename(kigen.folder / "db")
            await until(lambda: fed(heard))

    with captured_events() as logs:
        asyncio.run(story(logs))


# Whoever looks on


class Broken(Seen):
    async def start(self):
        raise OSError("the port is taken")

    async def after_run(self, job, as_of, error=""):
        raise ValueError(job, as_of, error)


def test_a_watcher_that_fails_keeps_no_notice_from_its_day(due):
    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON))), watchers=lambda _app: [Broken()]):
            await until(lambda: due.inbox and len(statuses(due)) == 4)

    with captured_events() as logs:
        asyncio.run(story())

    assert len(named(logs, "watcher failed")) == 5


def test_no_event_of_the_daemon_holds_a_mail_address(due):
    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON)))):
            await until(lambda: due.inbox)

    with captured_events() as logs:
        asyncio.run(story())

    assert {"run started", "run finished", "delivery ended"} <= {entry["event"] for entry in logs}
    assert "@" not in repr(logs)


def test_it_stops_at_once_when_nothing_is_in_hand(due):
    """Its own pauses are no reason to wait: with a heartbeat of an hour a stop would else take one."""

    async def story():
        async with at_work(an_app(due, SetClock(in_tokyo(NOON))), pace=Pace(heartbeat=3600, poll=3600)):
            await until(lambda: due.inbox)

    asyncio.run(story())
