"""Builders for the desk's letters end to end: an installation that has a desk, its days, and what the desk received."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from tests.end_to_end.installation import Installation, Said, text_of
from tests.notify.bounces.builders import report_about
from tests.postgres import URL_FILE, database_url

DESK = "license-desk@example.co.jp"
VERP = '\nreturn_path = "bounces@example.jp"\n'
TABLE = "[jobs.operator-digest]\n"
SOUND = {"term_start": "2021-05-01", "ordered_on": "2021-04-10", "opened_on": "2021-04-25"}  # closes on 2022-03-01
CLOSING = {"term_start": "2021-02-01"}  # closes on 2021-12-02
DAY = "2021-09-01"  # a renewal notice of each contract that `sold` makes is due
ALL = '"bounced", "failed", "held", "in-doubt", "run-failed"'
BARRED = f'only_to = ["{DESK}"]\n'  # of the customers' mail all fails


def with_a_desk(tmp_path: Path, config: str) -> Installation:
    """One whose desk hears what the configuration says; on PostgreSQL where the test runs on that."""
    if (tmp_path / URL_FILE).exists():
        return Installation(tmp_path / "kigen", config, url=database_url(tmp_path))
    return Installation(tmp_path / "kigen", config)


def noon(day: str = DAY) -> str:
    return f"{day}T03:00:00Z"


# The daily letter


def digest(kigen: Installation, day: str, *options: object, job: str = "operator-digest") -> Said:
    return kigen.ask("run-job", job, "--date", day, *options, at=noon(day))


def to_desk(kigen: Installation, address: str = DESK) -> list[EmailMessage]:
    """The daily letters to that address, in the order in which they were written."""
    return _letters(kigen, address, "日報")


def subjects(kigen: Installation, address: str = DESK) -> list[str]:
    return [mail["Subject"] for mail in to_desk(kigen, address)]


def latest(kigen: Installation) -> str:
    """The plain text of the desk's latest daily letter."""
    return plain(to_desk(kigen)[-1])


# What it is told at once


def hears_of(kinds: str = ALL, more: str = "", *, daily: bool = False) -> str:
    """A configuration that tells these kinds at once; without a daily letter, unless it is wanted."""
    return f"{VERP}{more}{TABLE}on = {str(daily).lower()}\nurgent = [{kinds}]\n"


def run(kigen: Installation, day: str = DAY, *options: object, job: str = "all", at: str = "") -> Said:
    return kigen.ask("run-job", job, "--date", day, *options, at=at or noon(day))


def at_once(kigen: Installation) -> list[EmailMessage]:
    """The letters that told the desk at once, in the order in which they were written."""
    return _letters(kigen, DESK, "速報")


def told(kigen: Installation) -> list[str]:
    """What they said."""
    return [plain(mail) for mail in at_once(kigen)]


def a_drop_folder_that_cannot_be_used(kigen: Installation) -> str:
    """The configuration of one: each run of the feed fails."""
    drop = kigen.folder / "drop"
    drop.mkdir()
    (drop / "done").write_text("a file where a folder ought to be", "utf-8")
    return f'[feed]\nfolder = "{drop}"\n'


def give_back(kigen: Installation, owner: str, at: str) -> None:
    """The last mail to the owner comes back: there is no such address."""
    mail = [mail for mail in kigen.inbox if mail["Delivered-To"] == owner][-1]
    file = kigen.folder / "report.eml"
    file.write_bytes(report_about(mail, name=f"{at[:13]}@mx.example.jp"))
    assert kigen.ask("bounce", file, at=at).status == 0


def commands(text: str) -> list[str]:
    """The lines of a letter that can be typed as they are, without their indentation."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith(("kigen ", "run-job "))]


def plain(mail: EmailMessage) -> str:
    return text_of(mail).replace("\r\n", "\n")


def _letters(kigen: Installation, address: str, sort: str) -> list[EmailMessage]:
    found = [mail for mail in kigen.inbox if mail["Delivered-To"] == address and sort in mail["Subject"]]
    return sorted(found, key=lambda mail: mail["Date"].datetime)
