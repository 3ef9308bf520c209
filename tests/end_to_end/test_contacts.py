"""The customer's contact (Art. 7.4): read from the book, addressed, shown to the desk, and forgotten like the owner."""

from __future__ import annotations

import pytest

from tests.contracts.builders import JAPANESE, csv_text
from tests.end_to_end.installation import sold, text_of

DAY = "2026-08-10"
CONTACT = {"contact_department": "情報システム部", "contact_name": "山田 太郎 様", "owner_name": "見本 花子"}
SOLD = {
    "term_start": "2026-09-01", "seats": "49", "ordered_on": "2026-08-01", "opened_on": "2026-08-10",
}  # fmt: skip


def a_row(**changes):
    return sold("K-1", **(SOLD | CONTACT | changes))


def test_the_contact_is_read_by_its_japanese_columns_and_addressed_while_the_owner_is_written_to(kigen):
    book = kigen.folder / "book.csv"
    book.write_text(csv_text([a_row()], JAPANESE), encoding="utf-8")
    assert kigen.ask("import", book).status == 0

    kigen.run("service-start", DAY)

    (mail,) = kigen.inbox
    assert text_of(mail).splitlines()[:4] == [
        "株式会社K-1", "情報システム部", "山田 太郎 様", "アカウントオーナー　見本 花子 様",
    ]  # fmt: skip
    assert (mail["Delivered-To"], "見本 花子" in mail["To"]) == ("k-1@example.co.jp", True)


def test_a_book_without_the_columns_leaves_the_contact_as_it_is(kigen):
    kigen.bring(a_row())
    kigen.bring(a_row(contact_department=None, contact_name=None))

    assert explained(kigen) == ("情報システム部", "山田 太郎 様")


def explained(kigen):
    (found,) = kigen.ask("explain", "K-1/1", "--date", DAY, "--format", "json").json
    return found["contact_department"], found["contact_name"]


@pytest.mark.parametrize(
    ("environment", "said"), [("en_GB.UTF-8", "the customer's contact"), ("ja_JP.UTF-8", "連絡窓口")]
)
def test_explain_shows_the_contact(kigen, environment, said):
    kigen.bring(a_row())

    out = kigen.ask("explain", "K-1/1", "--date", DAY, environment={"LC_ALL": environment}).out

    assert said in out
    assert "情報システム部 山田 太郎" in out


def test_a_contact_is_forgotten_with_the_owner_and_not_brought_back_unsaid(kigen):
    """Art. 28."""
    over = {"term_start": "2020-09-01", "ordered_on": "2020-08-01", "opened_on": "2020-08-10"}
    kigen.bring(a_row(**over))
    kigen.ask("forget", "A-K-1", "--yes")

    flagged = {flag["column"] for flag in kigen.bring(a_row(**over)).json["flags"] if flag["code"] == "flag.forgotten"}

    assert flagged == {"owner_name", "owner_email", "contact_name"}
    assert explained(kigen) == ("情報システム部", "")


def test_the_automated_first_reception_is_said_once_it_is_configured(kigen):
    """D(12) ③, from 2026-04-06."""
    note = "お電話は、はじめに自動音声でお受けします。"
    kigen.configure(
        f'[sender.support_desk]\nname = "窓口"\nemail = "s@example.co.jp"\nphone = "1"\nphone_note = "{note}"'
    )
    kigen.bring(a_row())

    kigen.run("service-start", DAY)

    (mail,) = kigen.inbox
    assert note in "".join(text_of(mail).split()).replace("\r", "")


def test_the_desk_is_told_whom_to_ask_where_the_owner_cannot_be_written_to(kigen):
    """Art. 7.4, N8."""
    kigen.configure('[jobs.operator-digest]\nrecipients = ["desk@example.co.jp"]\n')
    kigen.bring(a_row(owner_email=""))
    kigen.run("service-start", DAY)

    told = kigen.ask("run-job", "operator-digest", "--date", DAY, "--dry-run", "--format", "json").out

    assert "情報システム部 山田 太郎" in told


def test_whoever_looks_at_a_notice_sees_the_contact(kigen):
    kigen.bring(a_row())
    kigen.run("service-start", DAY)

    page = kigen.folder / "notice.html"
    kigen.ask("notices", "show", 1, "--page", page)
    (listed,) = kigen.ask("notices", "--format", "json").json

    assert "お客様の連絡窓口 / the customer's contact: 情報システム部 山田 太郎 様" in page.read_text("utf-8")
    assert listed["contact"] == "情報システム部 山田 太郎 様"
