"""`kigen evidence`: what was sent and the proof of it, in one file that anybody can check (N2)."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import zipfile
from hashlib import sha256

import pytest

from tests.databases import on_each_database
from tests.end_to_end.installation import sold

DAY = "2021-09-01"
EVIL = "<script>alert(1)</script>株式会社"


@pytest.fixture
def used(kigen):
    """After a day of work: two customers got a renewal notice."""
    term = {"term_start": "2021-02-01", "months": 12, "term_end": ""}
    kigen.bring(sold("K-1", **term), sold("K-2", **term, company=EVIL))
    kigen.run("all", DAY)
    return kigen


def evidence(kigen, which="K-1", name="proof.zip"):
    """The folder that the file unpacks to."""
    file = kigen.folder / name
    said = kigen.ask("evidence", which, "--out", file)
    assert said.status == 0, said.err
    zipfile.ZipFile(file).extractall(folder := kigen.folder / f"{name}.d")
    return folder


def checked(folder):
    done = subprocess.run([sys.executable, "-I", folder / "check.py"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@on_each_database
def test_a_reader_without_kigen_finds_that_all_is_as_it_was_sealed(used):
    status, said = checked(evidence(used))

    assert (status, said.rpartition(": ")[2]) == (0, "all is as it was sealed\n")


def test_the_mail_is_there_byte_for_byte_and_readable(used):
    folder = evidence(used)

    (mail,) = (path for path in (folder / "mails").iterdir() if path.suffix == ".eml")
    notice = used.ask("notices", "list", "--contract", "K-1", "--status", "sent", "--format", "json").json[0]["id"]
    assert mail.read_bytes().decode() == used.ask("notices", "show", notice, "--eml").out
    assert "様" in mail.with_suffix(".txt").read_text("utf-8")
    assert "<html" in mail.with_suffix(".html").read_text("utf-8")


@pytest.mark.parametrize("changed", ["mails/*.eml", "rows/attempts-*.json", "chain.jsonl", "book.json", "index.html"])
def test_a_file_that_was_changed_later_is_named(used, changed):
    folder = evidence(used)
    (file,) = folder.glob(changed)
    file.write_bytes(file.read_bytes().replace(b"1", b"7"))

    status, said = checked(folder)

    assert status == 1
    assert str(file.relative_to(folder)) in said


@on_each_database
def test_a_row_that_was_changed_in_the_ledger_does_not_pass(used):
    used.sql("UPDATE attempts SET reply = '250 fine'")

    status, said = checked(evidence(used))

    assert status == 1
    assert "rows/attempts-1-1.json: not as the last entry that tells of it left it" in said


def test_a_chain_that_cannot_be_read_proves_nothing_and_is_said_to_be_so(used):
    used.sql("UPDATE chain SET body = '[1,2' WHERE seq = 1")

    said = used.ask("evidence", "K-1", "--out", used.folder / "proof.zip")

    assert said.status == 1
    assert "entry 1 of the chain cannot be read; `kigen ledger verify` names what was changed" in said.err
    assert not (used.folder / "proof.zip").exists()


def test_to_whom_it_went_is_proved_by_the_hash_in_the_row(used):
    folder = evidence(used)

    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    assert "k-1@example.co.jp" in [text["text"] for text in texts if text["row"].startswith("rows/envelopes-")]
    for text in texts:
        row = json.loads((folder / text["row"]).read_text("utf-8"))
        assert sha256((text["salt"] + text["text"]).encode()).hexdigest() == row[text["hash"]]


def test_an_address_that_was_changed_in_the_ledger_does_not_pass(used):
    used.sql("UPDATE envelopes SET address = 'other@example.co.jp'")

    status, said = checked(evidence(used))

    assert status == 1
    assert "texts.json: the text of rows/envelopes-1.json is not the one that was sealed" in said


def test_the_page_tells_what_was_checked_in_japanese_and_in_the_words_that_are_on_record(used):
    page = (evidence(used, "K-2") / "index.html").read_text("utf-8")

    assert '通知の記録にまだない<br><span lang="en">not on the ledger yet</span>' in page


def test_the_page_tells_each_step_with_both_clocks_and_escapes_what_others_wrote(used):
    page = (evidence(used, "K-2") / "index.html").read_text("utf-8")

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "renewal-notice" in page
    assert re.search(r"\d\d:\d\d:\d\d JST", page)
    assert " UTC)" in page
    assert "accepted" in page


def test_a_text_that_was_purged_is_said_to_be_purged(used):
    used.sql("UPDATE messages SET raw = NULL")

    folder = evidence(used)

    assert "消去済み" in (folder / "index.html").read_text("utf-8")
    assert not list(folder.glob("mails/*"))


@on_each_database
def test_the_same_ledger_gives_the_same_file_for_its_owner_s_eyes_only(used):
    evidence(used, name="one.zip")
    evidence(used, name="two.zip")

    one, two = used.folder / "one.zip", used.folder / "two.zip"
    assert one.read_bytes() == two.read_bytes()
    assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_a_notice_is_asked_for_by_its_id_and_only_its_own_mail_comes_along(used):
    notice = used.ask("notices", "list", "--contract", "K-2", "--status", "sent", "--format", "json").json[0]["id"]

    folder = evidence(used, notice)

    told = {row["row"] for row in json.loads((folder / "manifest.json").read_text("utf-8"))["rows"]}
    assert {row for row in told if "/" not in row} >= {str(notice)}
    assert len(list(folder.glob("mails/*.eml"))) == 1


def test_a_file_that_is_there_is_not_replaced_and_nothing_half_written_stays(used):
    (used.folder / "proof.zip").write_text("mine")

    said = used.ask("evidence", "K-1", "--out", used.folder / "proof.zip")

    assert (said.status, (used.folder / "proof.zip").read_text()) == (2, "mine")
    assert "proof.zip is there already; name a new file" in said.err
    assert not list(used.folder.glob(".proof*"))


@pytest.mark.parametrize("which", ["K-404", "404", "notice:K-1", "contract:1"])
def test_what_is_not_on_the_ledger_is_said_to_be_so(used, which):
    said = used.ask("evidence", which, "--out", used.folder / "proof.zip")

    assert said.status == 2
    assert f"the ledger has no notice of contract {which.rpartition(':')[2]!r}" in said.err
    assert not (used.folder / "proof.zip").exists()


def test_a_number_that_is_a_contract_and_a_notice_has_to_be_said_more_exactly(kigen):
    kigen.bring(sold("1", term_start="2021-02-01", months=12, term_end=""))
    kigen.run("all", DAY)

    said = kigen.ask("evidence", "1", "--out", kigen.folder / "proof.zip")

    assert said.status == 2
    assert "1 is a contract and a notice: say contract:1 or notice:1" in said.err
    assert checked(evidence(kigen, "notice:1"))[0] == 0


def test_a_contract_whose_number_is_longer_than_any_id_is_a_contract(used):
    long = "98765432109876543210"
    used.bring(sold(long, term_start="2021-02-01"))
    used.run("renewal-notice", DAY)

    assert (evidence(used, long) / "index.html").is_file()
    assert used.ask("evidence", "9" * 23, "--out", used.folder / "none.zip").status == 2
