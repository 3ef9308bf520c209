"""`kigen ledger verify` and `kigen ledger head`, as a user calls them."""

from __future__ import annotations

import json

import pytest

from tests.databases import on_each_database
from tests.end_to_end.installation import sold

DAY = "2021-09-01"


@pytest.fixture
def used(kigen):
    """After a day of work: one renewal notice went out."""
    kigen.bring(sold("K-1", term_start="2021-02-01", months=12, term_end=""))
    kigen.run("all", DAY)
    return kigen


@on_each_database
def test_a_sound_ledger_is_said_to_be_so_with_its_head(used):
    said = used.ask("ledger", "verify")

    assert said.status == 0
    assert "all is as it was written\nhead " in said.out
    assert used.ask("ledger", "head").out.strip() in said.out


def test_what_was_changed_is_named_with_its_notice_and_the_status_asks_for_a_person(used):
    used.sql("UPDATE attempts SET reply = '250 fine'")

    said = used.ask("ledger", "verify", "--format", "json")

    (finding,) = said.json["findings"]
    assert said.status == 1
    assert (finding["wrong"], finding["table"], finding["row"]) == ("changed", "attempts", "1/1")
    assert "renewal-notice K-1/1 2022-01/" in finding["notice"]


@pytest.mark.parametrize("form", ["table", "csv"])
def test_each_form_names_what_is_wrong(used, form):
    used.sql("DELETE FROM chain WHERE seq = 1")

    said = used.ask("ledger", "verify", "--format", form)

    assert said.status == 1
    assert "entry-missing" in said.out


def test_a_head_that_was_noted_is_looked_for(used):
    noted = used.ask("ledger", "head").out.strip()
    sequence = noted.partition(":")[0]

    assert used.ask("ledger", "verify", "--anchor", noted).status == 0
    said = used.ask("ledger", "verify", "--anchor", f"{sequence}:{'0' * 64}", "--format", "json")
    assert (said.status, said.json["findings"][0]["wrong"]) == (1, "anchor")


def test_what_is_no_head_and_no_entry_is_wrong_usage(used):
    anchored = used.ask("ledger", "verify", "--anchor", "soon")
    far = used.ask("ledger", "verify", "--anchor", f"{'9' * 23}:{'0' * 64}")
    late = used.ask("ledger", "verify", "--from", "100000")

    assert (anchored.status, far.status, late.status) == (2, 2, 2)
    assert "expected a number, a colon and 64 hexadecimal digits, found 'soon'" in anchored.err
    assert "the chain ends with entry" in late.err


@on_each_database
def test_nothing_is_written_by_looking(used):
    before = used.stored()

    used.ask("ledger", "verify")

    assert used.stored() == before


@on_each_database
def test_a_copy_in_another_database_brings_its_chain_along(used, tmp_path):
    head = used.ask("ledger", "head").out
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    used.ask("db", "copy-to", url, "--yes")

    used.config.write_text(used.config.read_text("utf-8").replace(used.url, url), encoding="utf-8")

    assert used.ask("ledger", "head").out == head
    assert json.loads(used.ask("ledger", "verify", "--format", "json").out)["findings"] == []
