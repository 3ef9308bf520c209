"""The desk's letter as a mail: what it has no room for stands in a table beside it."""

from __future__ import annotations

import csv
import io
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest

from jobs.desk.items import fed_file
from jobs.desk.letter import DeskComposer
from jobs.desk.sections import Section, letters
from jobs.language.messages import Messages
from jobs.notices.listing import LETTERS
from jobs.views.samples import sample_data
from notify.letters.renderer import Renderer
from notify.mail.headers import Mailbox
from tests.jobs.desk.builders import NOW, TODAY, an_item, the_desk

COMMANDS = ("kigen import FILE", "kigen decline K-0001/1")
CLOSING = {
    "menu": {"ja": "Zoom ウェビナー", "en": "Zoom Webinars"}, "seats": 2, "is_storage": False, "days": 7,
    "closing_day": TODAY, "term_end": TODAY, "start": TODAY,
}  # fmt: skip
STUCK = {"kind": "renewal-notice", "occasion": "2022-01/4m", "reason": "owner-missing", "contact": "", "said": ""}
FACTS = {
    Section.FAILED: STUCK | {"said": "550 5.7.1 " + "拒否されました。" * 60},
    Section.HELD: STUCK,
    Section.IN_DOUBT: STUCK,
    Section.CLOSING: CLOSING,
    Section.CLOSED: CLOSING,
    Section.UNOPENED: CLOSING,
}


def many(sections, each):
    return [
        an_item(number, section, company=f"株式会社見本{number}", commands=COMMANDS, facts=FACTS[section])
        for section in sections
        for number in range(1, each + 1)
    ]


def a_file(number, *, rejected=60, missing=60):
    """A file of the feed with much the matter."""
    cell = {"column": "seats", "value": "なし", "code": "row.whole-number", "values": {"lowest": 1, "highest": 9}}
    lines = [{"contract": f"K-{number}-{each}", "line": "1", "company": "株式会社見本"} for each in range(missing)]
    rejections = [cell | {"row": row} for row in range(2, 2 + rejected)]
    report = {"rows": 120, "rejected": rejected, "rejections": rejections}
    put = {"file": f"book{number}.csv", "put": f"done/{number}-book.csv", "put_at": NOW.isoformat()}
    return fed_file(put | {"problem": "", "missing": lines, "report": report})


@pytest.fixture(scope="module", params=["ja", "en"])
def mail_of(request):
    language = request.param
    sender = sample_data(LETTERS, "renewal-notice", language)["sender"]
    desk = Mailbox("", "noreply@example.co.jp")
    composer = DeskComposer(Renderer(), desk, sender, ZoneInfo("Asia/Tokyo"), Messages(language))

    def written(items, **changes):
        (letter,) = letters(items, [the_desk(**changes)])
        return message_from_bytes(composer.draft(letter, TODAY, NOW, "1:00").raw, policy=policy.default)

    return written


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def rows_of(mail):
    (file,) = mail.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/csv", "operator-digest-2021-11-25.csv")
    return list(csv.reader(io.StringIO(file.get_content().removeprefix("\ufeff"), newline="")))


def test_a_letter_that_shows_everything_has_no_table(mail_of):
    assert list(mail_of(many([Section.CLOSING], 50)).iter_attachments()) == []


@pytest.mark.parametrize("sections", [[Section.CLOSING], [Section.FAILED], list(FACTS)])
def test_two_thousand_items_of_a_section_are_below_what_gmail_cuts_off_and_all_are_in_the_table(mail_of, sections):
    mail = mail_of(many(sections, 2000))

    heading, *rows = rows_of(mail)
    assert len(html_of(mail).encode()) < 100_000
    assert html_of(mail).count("<li") >= 5 * len(sections)
    assert [row[3] for row in rows] == [f"K-{number}/1" for _ in sections for number in range(1, 2001)]
    assert len(heading) == len(rows[0]) == len(rows[-1])


def test_a_row_tells_what_the_letter_would(mail_of):
    mail = mail_of(many([Section.CLOSING], 51))

    assert rows_of(mail)[51][1:] == [
        "", "株式会社見本51", "K-51/1", "", CLOSING["menu"][mail["Content-Language"]], "2", "2021-11-25", "",
        "kigen import FILE; kigen decline K-0001/1",
    ]  # fmt: skip


def test_what_is_the_matter_with_many_files_of_the_feed_is_in_the_table(mail_of):
    mail = mail_of([a_file(number) for number in range(50)])

    details = [row[8] for row in rows_of(mail)]
    assert len(html_of(mail).encode()) < 100_000
    assert sum("seats" in each or "ライセンス数" in each for each in details) >= 50 * 50
    assert sum("K-49-" in each for each in details) == 50
