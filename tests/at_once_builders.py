"""Builders for what the desk is told at once: an installation that wants to hear of some kinds, and its letters."""

from __future__ import annotations

from email.message import EmailMessage

from cli_builders import Installation, Said, text_of

DESK = "license-desk@example.co.jp"
VERP = '\nreturn_path = "bounces@example.jp"\n'
DAY = "2021-09-01"  # a renewal notice of each contract that `sold` makes is due
ALL = '"bounced", "failed", "held", "in-doubt", "run-failed"'


def hears_of(kinds: str = ALL, more: str = "", *, daily: bool = False) -> str:
    """A configuration that tells these kinds at once; without a daily letter, unless it is wanted."""
    return f"{VERP}{more}[jobs.operator-digest]\non = {str(daily).lower()}\nurgent = [{kinds}]\n"


def noon(day: str = DAY) -> str:
    return f"{day}T03:00:00Z"


def run(kigen: Installation, day: str = DAY, *options: object, job: str = "all", at: str = "") -> Said:
    return kigen.ask("run-job", job, "--date", day, *options, at=at or noon(day))


def at_once(kigen: Installation) -> list[EmailMessage]:
    """The letters that told the desk at once, in the order in which they were written."""
    found = [mail for mail in kigen.inbox if mail["Delivered-To"] == DESK and "速報" in mail["Subject"]]
    return sorted(found, key=lambda mail: mail["Date"].datetime)


def told(kigen: Installation) -> list[str]:
    """What they said."""
    return [text_of(mail).replace("\r\n", "\n") for mail in at_once(kigen)]
