"""The units for systemd and the alert rules: well-formed, hardened, and true of the program that they start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import astuple
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from jobs.cli.main import COMMANDS, Exit
from jobs.config.secrets import CREDENTIAL
from jobs.monitoring.health import NAMES
from jobs.monitoring.look import Seen
from jobs.monitoring.metrics import registry
from jobs.monitoring.vitals import Delay
from notify.transports.smtp_settings import SmtpTimeouts
from tests.jobs.monitoring.builders import EXPECTED, NOW, TODAY, samples, vitals

DEPLOY = Path(__file__).parents[3] / "deploy"
UNITS = DEPLOY / "systemd"
SERVICES = ["kigen.service", "kigen-run.service"]
EXPOSURE = 1.5  # of 10: what systemd-analyze calls OK ends at 4


def unit(name):
    """The unit's settings; one that is said several times has several values."""
    found = {}
    for line in (UNITS / name).read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_a_command_that_there_is(name):
    (start,) = unit(name)["ExecStart"]
    program, *arguments = start.split()

    assert (arguments[0] if program.endswith("/kigen") else "run-job") in {*COMMANDS, "daemon"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_stop_waits_longer_than_the_mail_in_hand_can_take(name):
    (wait,) = unit(name)["TimeoutStopSec"]
    minutes = int(wait.removesuffix("min"))
    timeouts = SmtpTimeouts()
    a_mail = sum(
        (timeouts.reset, timeouts.mail, timeouts.rcpt, timeouts.data, timeouts.text, timeouts.dot, timeouts.quit)
    )

    assert minutes * 60 > a_mail
    assert a_mail < sum(astuple(timeouts))


@pytest.mark.parametrize("name", SERVICES)
def test_what_the_service_keeps_is_for_its_own_eyes(name):
    settings = unit(name)

    assert (settings["UMask"], settings["StateDirectoryMode"]) == (["0077"], ["0700"])
    assert settings["LoadCredential"][0].partition(":")[0] == CREDENTIAL


def test_the_daemon_is_not_restarted_into_the_same_wall():
    refused = unit("kigen.service")["RestartPreventExitStatus"][0].split()

    assert refused == [str(int(Exit.WRONG_USAGE)), str(int(Exit.REFUSED))]


def test_a_held_notice_is_no_failed_unit():
    assert unit("kigen-run.service")["SuccessExitStatus"] == [str(int(Exit.NEEDS_A_PERSON))]


def test_the_timer_names_its_zone_and_makes_up_for_a_morning_slept_through():
    timer = unit("kigen-run.timer")

    assert all(when.endswith(" Asia/Tokyo") for when in timer["OnCalendar"])
    assert timer["Persistent"] == ["true"]


needs_systemd = pytest.mark.skipif(  # in CI its absence fails the tests
    shutil.which("systemd-analyze") is None and "CI" not in os.environ, reason="systemd-analyze is not here"
)


@needs_systemd
@pytest.mark.parametrize("name", [*SERVICES, "kigen-run.timer"])
def test_systemd_understands_the_unit(name, tmp_path):
    for each in UNITS.iterdir():
        installed = each.read_text("utf-8").replace("/opt/kigen/bin/kigen", "/bin/true")
        (tmp_path / each.name).write_text(installed.replace("/opt/kigen/bin/run-job", "/bin/true"), "utf-8")

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False
    )

    ours = [line for line in said.stderr.splitlines() if "kigen" in line]
    assert (said.returncode, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_the_service_little_exposed(name):
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNITS / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert found is not None, said.stderr
    assert float(found[1]) <= EXPOSURE


# The alert rules

RULES = yaml.safe_load((DEPLOY / "prometheus" / "kigen.rules.yml").read_text("utf-8"))["groups"][0]["rules"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_has_what_prometheus_and_a_person_need(rule):
    assert re.fullmatch("[A-Z][A-Za-z]+", rule["alert"])
    assert rule["expr"].count("(") == rule["expr"].count(")")
    assert re.fullmatch("[0-9]+[mh]", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_metrics_that_there_are(rule):
    found = vitals(delays=(Delay("renewal-notice", "due", TODAY, NOW),))
    seen = Seen(found, [], EXPECTED, {"renewal-notice": "renewal-notice"})
    there = {name[0] for name in samples(generate_latest(registry(lambda: seen)).decode())}

    assert set(re.findall(r"kigen_[a-z_]+", rule["expr"])) <= there


def test_the_guide_says_of_each_problem_what_to_do():
    guide = (DEPLOY.parent / "docs" / "operating.md").read_text("utf-8")

    assert all(f"| {name} |" in guide for name in NAMES)
