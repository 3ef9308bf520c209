"""What those who watch from outside see: the endpoint, the file, the sign of life, the log, the doctor."""

from __future__ import annotations

import asyncio
import http.client
import json
import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from jobs.app import App
from jobs.config.load import ConfigError, load_settings
from jobs.monitoring.endpoint import Endpoint, watchers
from jobs.monitoring.look import shared
from jobs.monitoring.vitals import read_vitals
from tests.end_to_end.installation import sold
from tests.jobs.monitoring.builders import a_switch, samples

BASE = {"term_start": "2021-02-01", "months": "12"}
DAY = "2021-09-01"
NOON = "2021-09-01 03:00:00"  # in Tokyo


@pytest.fixture
def done(kigen):
    """An installation whose jobs were run for their day, with one mail sent."""
    kigen.configure('[monitoring]\nlisten = "127.0.0.1:0"\n')
    kigen.bring(sold("K-1", **BASE))
    assert kigen.ask("run-job", "all", at=NOON).status == 0
    return kigen


@asynccontextmanager
async def watched(kigen):
    """Asks the endpoint while it is up: status, content type and body."""
    app = App(load_settings(kigen.config), read_only=True)
    (endpoint,) = watchers(app.settings, shared(app.look.taken))
    assert isinstance(endpoint, Endpoint)
    await endpoint.start()

    def asked(path, method="GET"):
        with closing(http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=20)) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"] or "", answer.read().decode()

    try:
        yield lambda *what: asyncio.to_thread(asked, *what)
    finally:
        await endpoint.stop()


def asked_of(kigen, *what):
    async def story():
        async with watched(kigen) as ask:
            return await ask(*what)

    return asyncio.run(story())


def test_metrics_are_there_for_prometheus_and_name_no_customer(done):
    status, form, text = asked_of(done, "/metrics")

    found = samples(text)
    assert (status, form.partition(";")[0]) == (200, "text/plain")
    assert found["kigen_database_up",] == 1
    assert found["kigen_job_last_success_timestamp_seconds", "renewal-notice"] > 0
    assert found["process_resident_memory_bytes",] > 0
    assert "k-1" not in text.lower()


def test_healthz_is_503_with_the_problems_where_job_days_are_overdue(done):
    status, form, body = asked_of(done, "/healthz")  # the clock says years later

    said = json.loads(body)
    assert (status, form.partition(";")[0], said["healthy"]) == (503, "application/json", False)
    assert {problem["name"] for problem in said["problems"]} == {"job-overdue"}
    assert "renewal-notice is overdue: it was last done for 2021-09-01" in said["problems"][0]["said"]


def test_healthz_is_200_where_all_is_well(kigen):
    kigen.configure('[monitoring]\nlisten = "127.0.0.1:0"\n')
    kigen.bring(sold("K-1", **BASE))
    assert kigen.ask("run-job", "all").status == 0

    assert asked_of(kigen, "/healthz") == (
        200, "application/json; charset=utf-8", '{\n "healthy": true,\n "problems": []\n}\n',
    )  # fmt: skip


def test_a_run_by_hand_for_one_contract_does_not_make_a_day_done(kigen):
    kigen.bring(sold("K-1"))
    kigen.ask("run-job", "all", "--only", "K-1")

    app = App(load_settings(kigen.config, {}))
    seen = read_vitals(app.engine, app.clock.now())

    assert seen.jobs == {}
    assert len(kigen.ask("runs", "--format", "json").json) == 4


@pytest.mark.alters_the_ledger
def test_healthz_is_503_where_the_database_cannot_be_read(done):
    done.database.write_bytes(b"no database " * 100)

    status, _, body = asked_of(done, "/healthz")

    assert status == 503
    assert [problem["name"] for problem in json.loads(body)["problems"]] == ["database-unreachable"]
    assert samples(asked_of(done, "/metrics")[2])["kigen_database_up",] == 0


@pytest.mark.parametrize(
    ("what", "status"),
    [(("/",), 404), (("/etc/passwd",), 404), (("/healthz", "POST"), 501), (("/metrics", "HEAD"), 200)],
)
def test_nothing_else_is_answered(done, what, status):
    found = asked_of(done, *what)

    assert found[0] == status
    assert what[-1] != "HEAD" or found[2] == ""


def test_watching_writes_nothing_to_the_database(done):
    before = done.database.read_bytes()

    asked_of(done, "/metrics")

    assert done.database.read_bytes() == before


def test_an_address_that_is_taken_is_said_with_its_key():
    async def story():
        first = Endpoint("127.0.0.1", 0, lambda: None)
        await first.start()
        try:
            await Endpoint("127.0.0.1", first.port, lambda: None).start()
        finally:
            await first.stop()

    with pytest.raises(ConfigError, match=r"monitoring\.listen: 127\.0\.0\.1:[0-9]+ cannot be listened at"):
        asyncio.run(story())


# The sign of life and the textfile of a command


def test_a_good_run_of_all_jobs_is_a_sign_of_life(kigen):
    with a_switch() as switch:
        kigen.configure(f'[monitoring]\nheartbeat_url = "{switch.url("/ping/{job}")}"\n')
        kigen.bring(sold("K-1", **BASE))
        kigen.ask("run-job", "all", at=NOON)

    assert switch.asked == ["/ping/all"]


@pytest.mark.parametrize("options", [("--dry-run",), ("--date", "2021-08-31"), ("--only", "K-1")])
def test_a_run_that_is_not_the_days_work_is_none(kigen, options):
    with a_switch() as switch:
        kigen.configure(f'[monitoring]\nheartbeat_url = "{switch.url("/ping")}"\n')
        kigen.bring(sold("K-1", **BASE))
        assert kigen.ask("run-job", "all", *options, at=NOON).status == 0

    assert switch.asked == []


def test_a_run_that_fails_is_told_of_and_one_that_is_refused_is_not(kigen):
    with a_switch() as switch:
        urls = f'heartbeat_url = "{switch.url("/ping")}"\nfailure_url = "{switch.url("/fail")}"\n'
        kigen.configure(f"[monitoring]\n{urls}")
        kigen.bring(sold("K-1", **BASE))
        kigen.ask("pause")
        assert kigen.ask("run-job", "all", at=NOON).status == 3
        assert switch.asked == []

        kigen.ask("resume")
        kigen.configure(f'[templates]\ndirectories = ["nowhere"]\n[monitoring]\n{urls}')
        assert kigen.ask("run-job", "all", at=NOON).status == 2
    assert switch.asked == ["/fail"]


def test_the_textfile_is_written_after_each_run_and_by_the_command(kigen):
    kigen.configure('[monitoring]\ntextfile = "kigen.prom"\n')
    kigen.bring(sold("K-1", **BASE))
    kigen.run("all", DAY)

    written = samples((kigen.folder / "kigen.prom").read_text("utf-8"))
    printed = samples(kigen.ask("metrics").out)
    assert written["kigen_notices_lately", "renewal-notice", "sent"] == 1
    assert written.keys() == printed.keys()


def test_a_textfile_that_cannot_be_written_fails_no_run(kigen):
    kigen.configure('[monitoring]\ntextfile = "nowhere/kigen.prom"\n')
    kigen.bring(sold("K-1", **BASE))

    said = kigen.run("all", DAY)

    assert said.status == 0
    assert json.loads(said.err.splitlines()[0])["event"] == "metrics were not written"


# The log of a command


def test_a_command_that_goes_well_says_nothing_to_cron(kigen):
    kigen.bring(sold("K-1", **BASE))

    assert kigen.run("all", DAY).err == ""


def test_with_level_info_each_step_of_a_run_is_a_line_of_json_without_an_address(kigen):
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE, owner_email=""))

    said = kigen.ask("run-job", "all", "--date", DAY, environment={"KIGEN_LOG__LEVEL": "debug"})

    records = [json.loads(line) for line in said.err.splitlines()]
    events = [record["event"] for record in records]
    assert events.count("run started") == events.count("run finished") == 4
    assert events[-3:] == ["delivery started", "mail accepted", "delivery ended"]
    assert records[1]["counts"].items() >= {"send": 1, "hold": 1, "queued": 1, "held": 1}.items()
    assert "@" not in said.err


# The doctor


def findings(said):
    return {each["check"]: each["state"] for each in said.json if each["state"] != "good"}


def test_the_doctor_finds_an_installation_well_that_is(kigen):
    kigen.configure(
        '[monitoring]\nheartbeat_url = "https://hc.example.com/ping"\nfailure_url = "https://hc.example.com/fail"\n'
    )
    kigen.bring(sold("K-1", **BASE))
    assert kigen.ask("run-job", "all").status == 0

    said = kigen.ask("doctor", "--format", "json")

    assert (said.status, findings(said)) == (0, {"sender": "doubtful", "relay": "doubtful"})


def test_each_fault_of_a_configuration_stands_on_a_line_of_its_own(kigen):
    kigen.configure("[delivery]\nclaims = -1\nattempts = 0\n")

    lines = kigen.ask("doctor").out.splitlines()

    assert ["delivery.claims" in lines[0], "delivery.attempts" in lines[1]] == [True, True]


def test_the_doctor_names_what_is_wrong_and_what_to_do(kigen):
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "all", at=NOON)
    kigen.ask("pause", "--reason", "wrong prices")
    kigen.database.chmod(0o644)

    said = kigen.ask("doctor")

    assert said.status == 1
    assert f"! database file: {kigen.database} holds personal data and can be read by other users" in said.out
    assert f"    → chmod 600 {kigen.database}" in said.out
    assert "wrong prices" in said.out
    assert "✗ jobs and queue: renewal-notice is overdue" in said.out


def test_the_doctor_doubts_a_notice_that_is_decided_on_before_the_feed_of_its_day(kigen):
    kigen.configure('[feed]\nfolder = "drop"\n[jobs.feed]\nat = "09:02"\n')

    said = kigen.ask("doctor").out

    assert "! times: renewal-notice: before the feed at 09:02, so by the book of the day before" in said


def test_the_doctor_sees_a_clock_that_was_set_back(kigen):
    kigen.bring(sold("K-1", **BASE))
    kigen.ask("run-job", "all")

    said = kigen.ask("doctor", "--format", "json", at=NOON)

    assert findings(said)["clock"] == "bad"


def test_the_doctor_sees_a_journal_that_can_lose_commits(kigen):
    kigen.bring(sold("K-1", **BASE))
    with closing(sqlite3.connect(kigen.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")

    assert findings(kigen.ask("doctor", "--format", "json"))["database file"] == "bad"


def test_the_doctor_goes_as_far_as_it_can_without_a_database(kigen):
    said = kigen.ask("doctor", "--format", "json")

    found = findings(said)
    assert (said.status, found["database"], found["schema"], found["fence"]) == (1, "bad", "not checked", "not checked")
    assert "templates" not in found
    assert not kigen.database.exists()
    assert not (kigen.folder / "var").exists()  # whoever asks may be another user than the one who sends


def test_the_doctor_says_what_is_wrong_with_the_configuration(kigen):
    kigen.configure("[smtp]\nport = -1\n")

    said = kigen.ask("doctor")

    assert said.status == 1
    assert "✗ configuration: " in said.out
    assert "smtp.port" in said.out
    assert "– relay: not checked: it needs configuration" in said.out


def test_while_mail_is_late_the_good_address_is_not_asked_for_but_the_other_one(kigen):
    with a_switch() as switch:
        addresses = f'heartbeat_url = "{switch.url("/{job}")}"\nfailure_url = "{switch.url("/{job}/fail")}"'
        kigen.configure(f"[monitoring]\n{addresses}\n")
        kigen.bring(sold("K-1", **BASE))
        for hour in ("03", "08", "09"):  # it is queued in the first, and nobody delivers
            kigen.ask("run-job", "renewal-notice", "--no-deliver", at=f"{DAY} {hour}:00:00")

    assert switch.asked == ["/renewal-notice", "/renewal-notice", "/renewal-notice/fail"]
