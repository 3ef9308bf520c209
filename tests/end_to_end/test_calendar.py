"""The closing day in the owner's calendar, from the renewal notice that puts it there to the one that takes it out."""

from __future__ import annotations

import pytest
from icalendar import Calendar

from tests.end_to_end.installation import kind_of, sold

LINES = (
    sold("K-1", line="1", term_start="2021-02-01", months="12", opened_on=""),
    sold("K-1", line="2", menu="webinar", seats="1", term_start="2021-02-01", months="12", opened_on=""),
)
CONTINUED = {"order": "continuation", "term_start": "2022-02-01", "months": "12"}
BASE = sold("K-1", line="3", ordered_on="2021-09-09", opened_on="2021-09-10", **CONTINUED)
OPTION = {"line": "4", "menu": "webinar", "seats": "1", "ordered_on": "2021-09-19", "opened_on": "2021-09-20"}
WEBINAR = sold("K-1", **CONTINUED, **OPTION)


def entries(kigen, kind):
    """Of each letter of that kind, in order of time: method, UID and sequence of the entries that it brings."""
    found = []
    for mail in sorted((each for each in kigen.inbox if kind_of(each) == kind), key=lambda each: each["Date"].datetime):
        calendars = [Calendar.from_ical(part.get_content()) for part in mail.iter_attachments()]
        events = [(str(each["METHOD"]), each.walk("VEVENT")[0]) for each in calendars]
        found.append([(method, str(event["UID"]), event["SEQUENCE"]) for method, event in events])
    return found


@pytest.mark.parametrize("grouped", [False, True])
def test_the_closing_day_is_taken_out_when_all_that_its_letter_told_is_continued(kigen, grouped):
    kigen.configure(f'[jobs.renewal-notice]\ngroup_by = "{"contract" if grouped else "line"}"\n')
    kigen.bring(*LINES)
    kigen.ask("run-job", "renewal-notice", "--date", "2021-09-01", at="2021-09-01T00:00:00Z")
    kigen.bring(*LINES, BASE, WEBINAR)
    for day in ("2021-09-10", "2021-09-20"):
        kigen.ask("run-job", "extension-confirmation", "--date", day, at=f"{day}T00:05:00Z")

    told = [entry for letter in entries(kigen, "renewal-notice") for entry in letter]
    withdrawn = entries(kigen, "extension-confirmation")

    assert [method for method, *_ in told] == ["PUBLISH"] * (1 if grouped else 2)
    assert [len(letter) for letter in withdrawn] == ([0, 1] if grouped else [1, 1])
    gone = [entry for letter in withdrawn for entry in letter]
    assert {method for method, *_ in gone} == {"CANCEL"}
    assert {uid for _, uid, _ in gone} == {uid for _, uid, _ in told}
    assert min(sequence for *_, sequence in gone) > max(sequence for *_, sequence in told)
