"""The metrics, from a real ledger, as Prometheus' own parser reads them."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest

import jobs.database.tables
from jobs.installation.notebooks import Notebooks
from jobs.monitoring.health import problems, unreachable
from jobs.monitoring.look import Seen
from jobs.monitoring.metrics import registry, write_textfile
from jobs.monitoring.vitals import OPEN, Delay, Vitals, read_vitals
from jobs.runs.history import Runs
from notify.ledger import switches
from notify.ledger.late import Late
from notify.ledger.ledger import Ledger
from notify.record.values import Status
from notify.transports.transport import OutcomeUnknown, RecipientRefused, RelayUnavailable
from tests.jobs.monitoring.builders import EXPECTED, TODAY, samples
from tests.notify.builders import NOW, ScriptedTransport, a_key, a_ledger_s_engine, deliver_now, queue, raising, wanted

KIND = "renewal-notice"


@pytest.fixture
def engine(tmp_path):
    engine = a_ledger_s_engine(tmp_path)
    jobs.database.tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine):
    return Ledger(engine)


def scraped(engine, now=NOW):
    """The samples of one scrape."""
    found = read_vitals(engine, now)
    return samples(text_of(Seen(found, problems(found, EXPECTED), EXPECTED, {KIND: KIND})))


def text_of(seen):
    return generate_latest(registry(lambda: seen)).decode()


def test_a_new_installation_has_all_its_series_at_0(engine):
    found = scraped(engine)

    assert found["kigen_database_up",] == 1
    assert found["kigen_notices", KIND, "queued"] == 0
    assert found["kigen_queue_oldest_seconds",] == 0
    assert found["kigen_paused",] == 0
    assert found["kigen_notice_delay_seconds_bucket", KIND, "+Inf", "due"] == 0


def test_what_waits_is_counted_and_its_age_is_that_of_the_oldest(ledger, engine):
    queue(ledger, 3)

    found = scraped(engine, NOW + timedelta(hours=2))

    assert found["kigen_notices", KIND, "queued"] == 3
    assert found["kigen_queue_envelopes", "delivery"] == 3
    assert found["kigen_queue_oldest_seconds",] == 7200


def test_what_waits_for_too_long_is_counted():
    seen = Seen(Vitals(NOW, late=Late(3, NOW)), [], EXPECTED, {KIND: KIND})

    assert samples(text_of(seen))["kigen_queue_late",] == 3


def test_a_notice_whose_last_day_passed_was_due_and_is_no_success(ledger, engine):
    queue(ledger, 2, not_after=TODAY)
    ledger.outbox.withdraw_expired(TODAY + timedelta(days=1), NOW)

    found = scraped(engine)

    names = ("kigen_notices_lapsed_lately", "kigen_notices_due_lately")
    assert [found[name, KIND] for name in names] == [2, 2]


def test_what_became_of_the_mail_is_counted_by_kind_and_by_the_relays_reply(ledger, engine):
    queue(ledger, 5)
    ledger.reconcile([wanted("hold", a_key("K-9999"), reason="owner-missing")], NOW)
    scripts = {
        "owner1@example.co.jp": raising(RecipientRefused("550 no")),
        "owner2@example.co.jp": raising(RelayUnavailable("451 4.7.1 greylisted")),
        "owner3@example.co.jp": raising(RelayUnavailable("no connection to relay")),
        "owner4@example.co.jp": raising(OutcomeUnknown("the line broke")),
    }
    deliver_now(ledger, ScriptedTransport(scripts))

    found = scraped(engine, NOW + timedelta(minutes=1))

    assert {status: found["kigen_notices", KIND, status] for status in ("queued", "failed", "held", "in-doubt")} == {
        "queued": 2, "failed": 1, "held": 1, "in-doubt": 1,
    }  # fmt: skip
    assert found["kigen_notices_lately", KIND, "sent"] == 1
    assert found["kigen_notices_due_lately", KIND] == 5
    assert found["kigen_queue_envelopes", "retry"] == 2
    assert {name: found["kigen_relay_replies_lately", name] for name in ("2xx", "4xx", "5xx", "none")} == {
        "2xx": 1, "4xx": 1, "5xx": 1, "none": 2,
    }  # fmt: skip


def test_the_delay_is_from_the_jobs_time_on_the_day_to_the_first_acceptance(ledger, engine):
    queue(ledger, 2)  # due on 2021-09-01, 09:00 in Tokyo is 00:00 UTC
    deliver_now(ledger, ScriptedTransport({"owner1@example.co.jp": raising(RelayUnavailable("451 later"))}))
    deliver_now(ledger, ScriptedTransport(), now=NOW + timedelta(minutes=40))

    found = scraped(engine, NOW + timedelta(hours=1))

    buckets = [found["kigen_notice_delay_seconds_bucket", KIND, le, "due"] for le in ("60.0", "900.0", "3600.0")]
    assert buckets == [1, 1, 2]
    assert found["kigen_notice_delay_seconds_gsum", KIND, "due"] == 2400


def test_a_bound_counts_what_is_exactly_as_slow():
    sent_at = datetime(2021, 9, 1, 0, 1, tzinfo=UTC)
    vitals = Vitals(sent_at, delays=(Delay(KIND, "due", TODAY, sent_at),))

    found = samples(text_of(Seen(vitals, [], EXPECTED, {KIND: KIND})))

    assert found["kigen_notice_delay_seconds_bucket", KIND, "60.0", "due"] == 1


@pytest.mark.alters_the_ledger
@pytest.mark.parametrize("old", range(6))
def test_of_late_are_the_letters_of_the_last_30_days_however_many_lie_before(ledger, engine, old):
    queue(ledger, 5)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE messages SET created_at = '2021-07-01 00:00:00.000000' WHERE id <= :old"), {"old": old}
        )
    deliver_now(ledger, ScriptedTransport())

    assert scraped(engine)["kigen_notices_lately", KIND, "sent"] == 5 - old


def test_runs_are_counted_by_how_they_ended_and_the_last_good_one_has_its_time(engine, tmp_path):
    history = Runs(engine, Notebooks(tmp_path))
    done = history.start(KIND, TODAY, NOW)
    history.finish(done, NOW + timedelta(minutes=1), {})
    failed = history.start(KIND, date(2021, 9, 2), NOW + timedelta(days=1))
    history.finish(failed, NOW + timedelta(days=1), {}, error="boom")

    found = scraped(engine, NOW + timedelta(days=1, hours=2))

    assert found["kigen_runs_total", KIND, "done"] == 1
    assert found["kigen_runs_total", KIND, "failed"] == 1
    assert found["kigen_job_last_success_timestamp_seconds", KIND] == (NOW + timedelta(minutes=1)).timestamp()
    assert found["kigen_job_last_day_timestamp_seconds", KIND] == NOW.timestamp()
    assert found["kigen_problems", "run-failed"] == 1
    assert found["kigen_problems", "job-overdue"] == 1


def test_the_pause_is_seen(engine):
    with engine.begin() as connection:
        switches.pause(connection, "why", "me", NOW)

    found = scraped(engine, NOW + timedelta(minutes=1))

    assert (found["kigen_paused",], found["kigen_paused_seconds",]) == (1, 60)


def test_a_database_that_cannot_be_read_is_said_and_nothing_is_made_up():
    found = samples(text_of(Seen(None, [unreachable("connection refused")], EXPECTED, {KIND: KIND})))

    assert found["kigen_database_up",] == 0
    assert found["kigen_problems", "database-unreachable"] == 1
    assert not any(name[0] == "kigen_notices" for name in found)


def test_each_metric_says_what_it_is(engine):
    vitals = read_vitals(engine, NOW)
    text = text_of(Seen(vitals, [], EXPECTED, {KIND: KIND}))

    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE kigen_")}
    said = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP kigen_") and line.count(" ") > 4}
    # A histogram of the ledger's state has two more families for its sum and count, which share its sentence.
    assert {name for name in families if not name.endswith(("_gsum", "_gcount"))} <= said


def test_the_textfile_is_there_whole_and_others_may_read_it(engine, tmp_path):
    file = tmp_path / "kigen.prom"
    seen = Seen(read_vitals(engine, NOW), [], EXPECTED, {KIND: KIND})

    mask = os.umask(0o077)  # as the units have it
    try:
        write_textfile(file, lambda: seen)
        write_textfile(file, lambda: seen)
    finally:
        os.umask(mask)

    assert samples(file.read_text("utf-8"))["kigen_database_up",] == 1
    assert {each.name for each in tmp_path.iterdir()} == {"kigen.prom", "kigen.db"}
    assert file.stat().st_mode & 0o044 == 0o044  # node_exporter is another user


def test_no_status_is_left_out_that_a_notice_can_stand_in():
    ends = {Status.SENT, Status.WITHDRAWN, Status.SKIPPED, Status.CANCELLED}

    assert set(OPEN) | ends == set(Status)


def test_the_reading_uses_an_index_for_all_that_grows(engine):
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            plan = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in plan.fetchall())

    sa.event.listen(engine, "before_cursor_execute", explain)
    read_vitals(engine, NOW)
    sa.event.remove(engine, "before_cursor_execute", explain)

    scans = [
        plan
        for plan in plans
        if plan.startswith("SCAN") and any(t in plan for t in ("notices", "envelopes", "attempts"))
    ]
    assert scans == []
