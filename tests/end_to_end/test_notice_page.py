"""`kigen notices show ID --page FILE`: a notice's story as a page that a salesperson can open or attach."""

from __future__ import annotations

import html
import re
import stat

import pytest

from tests.databases import on_each_database
from tests.end_to_end.installation import sold

DAY = "2021-09-01"
EVIL = "<script>alert(1)</script>株式会社"


@pytest.fixture
def used(kigen):
    """K-1's renewal notice was sent; K-2's is held, its owner has no address."""
    kigen.bring(sold("K-1", company=EVIL), sold("K-2", owner_email=""))
    kigen.run("renewal-notice", DAY)
    return kigen


def page_of(kigen, contract, status):
    ((number,),) = kigen.ledger("id", contract=contract, status=status)
    file = kigen.folder / "notice.html"
    said = kigen.ask("notices", "show", number, "--page", file)
    assert said.status == 0, said.err
    return file.read_text("utf-8")


def shown(page):
    """The page as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@on_each_database
def test_it_tells_whose_it_is_how_it_stands_and_what_was_written(used):
    page = shown(page_of(used, "K-1", "sent"))

    assert "継続のご案内" in page
    assert "送信済み" in page
    assert "k-1@example.co.jp" in page
    assert "購入申込書をご提出" in page.replace("\n", "")


def test_it_tells_what_a_notice_on_hold_waits_for_in_japanese_too(used):
    page = shown(page_of(used, "K-2", "held"))

    assert "オーナーのアドレスがない：契約台帳に入れる（`kigen import FILE`）" in page
    assert "put one into the book (`kigen import FILE`)" in page


def test_it_tells_in_japanese_what_was_checked_and_below_in_english(used):
    page = shown(page_of(used, "K-2", "held"))

    assert "オーナーのメールアドレスが契約台帳にないthe owner has no mail address in the book" in page
    assert "保留 オーナーのアドレスなし held (owner-missing)" in page


def test_a_check_that_it_does_not_know_stands_there_as_it_is_on_record(used):
    row = '[{"rule": "N9", "code": "rule-of-later-days", "values": {"day": "2021-09-21"}, "passed": true}]'
    used.sql(f"UPDATE notices SET checks = '{row}'")  # noqa: S608 — ours

    assert shown(page_of(used, "K-1", "sent")).count("rule-of-later-days day=2021-09-21") == 1


def test_scripts_and_the_terminal_read_what_was_checked_in_english(used):
    ((number,),) = used.ledger("id", contract="K-1", status="sent")

    assert "not on the ledger yet" in used.ask("notices", "show", number).out
    checks = used.ask("notices", "show", number, "--format", "json").json["notice"]["checks"]
    assert "not on the ledger yet" in [check["text"] for check in checks]


def test_what_others_wrote_is_text_and_the_page_asks_for_nothing_from_outside(used):
    page = page_of(used, "K-1", "sent")

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


@on_each_database
def test_a_text_that_was_purged_is_said_to_be_purged(used):
    used.sql("UPDATE messages SET raw = NULL")

    assert "消去済み" in page_of(used, "K-1", "sent")


def test_it_is_for_its_owners_eyes_only_and_replaces_nothing(used):
    page_of(used, "K-1", "sent")
    file = used.folder / "notice.html"
    ((number,),) = used.ledger("id", contract="K-1", status="sent")

    again = used.ask("notices", "show", number, "--page", file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (again.status, "is there already" in again.err) == (2, True)


@pytest.mark.parametrize("other", [("--eml",), ("--format", "json")])
def test_a_page_and_something_else_at_once_is_wrong_usage(used, other):
    ((number,),) = used.ledger("id", contract="K-1", status="sent")

    assert used.ask("notices", "show", number, "--page", used.folder / "notice.html", *other).status == 2
    assert not (used.folder / "notice.html").exists()
