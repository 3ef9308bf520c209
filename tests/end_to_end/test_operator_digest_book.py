"""The rows that break a rule, as the desk's letter tells them: once, and counted from then on."""

from __future__ import annotations

import pytest
from cli_builders import sold
from desk_builders import (
    SOUND,
    TABLE,
    VERP,
    digest,
    latest,
    plain,
    subjects,
    to_desk,
    with_a_desk,
)


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


ODD = {"term_start": "2021-05-15", "ordered_on": "2021-05-01", "opened_on": "2021-05-10"}  # T1


def test_a_desk_that_reads_english_is_told_in_english(tmp_path):
    kigen = with_a_desk(tmp_path, f'{VERP}{TABLE}language = "en"\n')
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25")

    (mail,) = kigen.inbox
    assert "T1: starts on 2021-05-15; service starts on 2021-05-01" in plain(mail)


def test_scripts_read_in_english_what_a_row_breaks(kigen):
    kigen.bring(sold("K-1", **ODD))

    assert "starts on 2021-05-15" in digest(kigen, "2021-11-25", "--dry-run", "--format", "json").out


@pytest.mark.usefixtures("each_database")
def test_a_row_that_breaks_a_rule_is_told_once_and_counted_from_then_on(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25")
    assert "T1 利用開始日：2021年5月15日（土）になっています" in latest(kigen)

    digest(kigen, "2021-11-26")
    assert len(to_desk(kigen)) == 1

    digest(kigen, "2021-11-29")
    assert subjects(kigen)[-1].startswith("【異常なし】")
    assert "まだ直っていない契約が 1件あります" in latest(kigen)


def test_a_row_that_was_changed_and_still_breaks_a_rule_is_told_again(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25")

    kigen.bring(sold("K-1", **ODD | {"seats": "11"}))
    digest(kigen, "2021-11-26")

    assert len(to_desk(kigen)) == 2
    assert "T1 利用開始日" in latest(kigen)


def test_a_row_that_was_put_right_is_not_counted_any_more(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25")
    digest(kigen, "2021-11-26")
    kigen.bring(sold("K-1", **SOUND))

    digest(kigen, "2021-11-29")

    assert "まだ直っていない" not in latest(kigen)


def test_a_flag_of_a_letter_that_never_went_out_is_told_by_the_next(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25", "--no-deliver")

    digest(kigen, "2021-11-26")

    assert "T1 利用開始日" in latest(kigen)


def test_a_row_of_a_contract_that_has_ended_is_nobodys_work(kigen):
    kigen.bring(sold("K-1", **ODD | {"term_start": "2019-05-15"}))

    digest(kigen, "2021-11-25")

    assert to_desk(kigen) == []
