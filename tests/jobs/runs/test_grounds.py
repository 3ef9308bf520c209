"""What was decided today is not decided again before it goes out, unless something that it rests on is another."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from contracts.catalogue import MenuItem
from contracts.model import OrderKind, Term
from jobs.cli.access import open_to_write
from jobs.notices.decision import Circumstances, Key, Recorded
from jobs.runs.grounds import grounds
from jobs.runs.search import Search
from tests.contracts.values import BUSINESS, ROOMS, a_line
from tests.end_to_end.installation import Installation, sold, text_of
from tests.jobs.builders import a_mailable_contract

DAY = date(2021, 8, 2)
AN_HOUR_AGO = datetime(2021, 8, 2, 0, 0, tzinfo=UTC)
CONTRACT = a_mailable_contract(a_line("1", BUSINESS, 10, term=Term(date(2021, 2, 1), date(2022, 1, 31))))
OWNER = CONTRACT.account.owner_email
NOTICE = Key("renewal-notice", CONTRACT.number, "1", "2022-01/5m")
OTHER = Key("service-start", CONTRACT.number, "1", "2021-02-01")


def the_day(**changes):
    return replace(Circumstances(DAY), **changes)


def on_record(status, key=NOTICE, *, is_approved=False):
    return the_day(record={key: Recorded(status, AN_HOUR_AGO, is_approved)})


@pytest.mark.parametrize("status", ["queued", "held", "withdrawn", "skipped"])
def test_that_the_notice_waits_or_was_taken_back_changes_no_grounds(status):
    assert grounds("rules", CONTRACT, on_record(status)) == grounds("rules", CONTRACT, the_day())


@pytest.mark.parametrize(
    ("what", "rules", "contract", "at"),
    [
        ("another day", "rules", CONTRACT, the_day(as_of=date(2021, 8, 3))),
        ("other settings or templates", "other rules", CONTRACT, the_day()),
        ("another baseline", "rules", CONTRACT, the_day(baseline=DAY)),
        (
            "another owner",
            "rules",
            replace(CONTRACT, account=replace(CONTRACT.account, owner_name="見本 次郎")),
            the_day(),
        ),
        ("other seats", "rules", replace(CONTRACT, lines=(replace(CONTRACT.lines[0], seats=11),)), the_day()),
        ("the owner's mail came back", "rules", CONTRACT, the_day(bounced=frozenset({OWNER}))),
        ("a person approved it", "rules", CONTRACT, on_record("queued", is_approved=True)),
        ("another notice of the contract went out", "rules", CONTRACT, on_record("sent", OTHER)),
    ],
    ids=lambda each: each if isinstance(each, str) and " " in each else "",
)
def test_the_grounds_are_others_with(what, rules, contract, at):
    assert grounds(rules, contract, at) != grounds("rules", CONTRACT, the_day()), what


def differing(value):
    """The value with each of its fields changed in turn, by the field's name."""
    another = {str: "another", int: 7, date: date(2029, 1, 1), type(None): date(2029, 1, 1), tuple: ("a@example.jp",)}
    another |= {Term: Term(date(2029, 1, 1), date(2029, 12, 31)), MenuItem: ROOMS}
    another |= {OrderKind: OrderKind.ADDITION}
    for field in fields(value):
        yield field.name, replace(value, **{field.name: another[type(getattr(value, field.name))]})


EACH_CHANGE = [
    *((f"account.{name}", replace(CONTRACT, account=account)) for name, account in differing(CONTRACT.account)),
    *((f"line.{name}", replace(CONTRACT, lines=(line,))) for name, line in differing(CONTRACT.lines[0])),
]


@pytest.mark.parametrize("contract", [changed for _, changed in EACH_CHANGE], ids=[name for name, _ in EACH_CHANGE])
def test_the_grounds_are_others_with_anything_else_in_the_book(contract):
    assert grounds("rules", contract, the_day()) != grounds("rules", CONTRACT, the_day())


def test_mail_that_came_back_from_somebody_else_changes_no_grounds():
    elsewhere = the_day(bounced=frozenset({"other@example.co.jp"}))
    assert grounds("rules", CONTRACT, elsewhere) == grounds("rules", CONTRACT, the_day())


BASE = {"term_start": "2021-02-01", "months": "12"}


@pytest.fixture
def kigen(tmp_path):
    """A notice was queued by the run of its day."""
    found = Installation(tmp_path)
    found.bring(sold("K-1", **BASE))
    assert found.run("renewal-notice", DAY, "--no-deliver").json["delivery"]["queued"] == 1
    return found


def decided_again(kigen, day=DAY):
    """The contracts on which a delivery of that day would decide anew."""
    app = open_to_write(kigen.config)
    search = Search(app.jobs[0], day, day, open_only=True)
    found = [number for batch in app.decider.batches(search, app.clock.now()) for number in batch.contracts]
    app.close()
    return found


def test_a_delivery_on_the_same_day_decides_nothing_again(kigen):
    assert decided_again(kigen) == []


def test_a_delivery_on_another_day_decides_once_more(kigen):  # P1
    assert decided_again(kigen, date(2021, 8, 3)) == ["K-1"]


def test_what_another_run_of_the_day_left_as_it_was_is_not_decided_again(kigen):
    kigen.configure("[jobs.service-start]\nlate_days = 29\n")
    assert decided_again(kigen) == ["K-1"]

    kigen.run("renewal-notice", DAY, "--no-deliver")

    assert decided_again(kigen) == []


def test_a_change_of_the_book_on_the_very_day_is_in_the_letter(kigen):  # P1
    kigen.bring(sold("K-1", **BASE, owner_name="後任 二郎"))

    kigen.run("deliver", DAY)

    assert "後任 二郎" in text_of(kigen.inbox[0])


def test_a_template_that_was_written_meanwhile_is_that_of_the_letter(kigen):
    own = kigen.folder / "own" / "ja"
    own.mkdir(parents=True)
    kigen.configure('[templates]\ndirectories = ["own"]\n')
    kigen.run("renewal-notice", DAY, "--no-deliver")
    (own / "renewal-notice.txt").write_text("---\nsubject: 当社からのお知らせ\n---\n", "utf-8")

    kigen.run("deliver", DAY)

    assert str(kigen.inbox[0]["Subject"]) == "当社からのお知らせ"


def test_a_setting_that_was_changed_meanwhile_is_in_the_letter(kigen):
    kigen.configure('[sender]\ncompany = "株式会社別名"\n')

    kigen.run("deliver", DAY)

    assert "株式会社別名" in text_of(kigen.inbox[0])


def test_the_grounds_are_not_in_the_chain_they_only_save_work(kigen):
    kigen.sql("UPDATE notices SET grounds = 'other'")

    assert kigen.ask("ledger", "verify").status == 0
    assert decided_again(kigen) == ["K-1"]
