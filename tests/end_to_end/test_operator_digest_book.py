"""The rows that break a rule, as the desk's letter tells them: once, and counted from then on."""

from __future__ import annotations

import pytest

from tests.end_to_end.desk import BARRED, SOUND, TABLE, VERP, digest, latest, plain, subjects, to_desk, with_a_desk
from tests.end_to_end.installation import sold, text_of


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


ODD = {"term_start": "2021-05-15", "ordered_on": "2021-05-01", "opened_on": "2021-05-10"}  # T1
ENDS = {"term_start": "2021-04-15", "months": "8", "ordered_on": "2021-04-01", "opened_on": "2021-04-10"}  # on 11-30
SAMPLE = "サンプル販売株式会社"
COLLEAGUE = f'by_partner = {{ "{SAMPLE}" = "sato@example.co.jp" }}\n'


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
    assert subjects(kigen)[-1].startswith("【確認待ち 1件】")
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


def test_a_row_of_a_contract_that_ended_after_its_letter_is_not_counted_any_more(kigen):
    kigen.bring(sold("K-1", **ENDS))
    for day in ("2021-11-30", "2021-12-01", "2021-12-06"):
        digest(kigen, day)

    assert subjects(kigen)[-1].startswith("【異常なし】")
    assert "まだ直っていない" not in latest(kigen)


def test_a_flag_of_which_only_the_desk_had_its_letter_is_told_to_the_colleague_by_the_next(kigen):
    kigen.configure(f"{VERP}{BARRED}{TABLE}{COLLEAGUE}")
    kigen.bring(sold("K-1", **ODD), sold("K-2", **ODD, partner_name=SAMPLE))
    digest(kigen, "2021-11-25")
    kigen.configure(VERP + TABLE + COLLEAGUE)

    digest(kigen, "2021-11-26")

    (theirs,) = to_desk(kigen, "sato@example.co.jp")
    assert "T1 利用開始日" in text_of(theirs)


def test_a_row_that_came_in_after_the_days_letter_is_told_by_the_next_whatever_ran_meanwhile(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-25")
    kigen.bring(sold("K-2", **ODD))
    digest(kigen, "2021-11-25")

    digest(kigen, "2021-11-26")

    assert "K-2" in latest(kigen)


def test_the_flags_of_many_contracts_are_counted_beyond_the_fifty_that_a_letter_shows_and_told_once(kigen):
    kigen.bring(*(sold(f"K-{number}", **ODD) for number in range(60)))
    digest(kigen, "2021-11-25")
    assert "ほかに 10件あります" in latest(kigen)

    digest(kigen, "2021-11-26")
    assert len(to_desk(kigen)) == 1


def test_a_look_at_the_letter_tells_nobody(kigen):
    kigen.bring(sold("K-1", **ODD))
    digest(kigen, "2021-11-24", "--dry-run")
    digest(kigen, "2021-11-25")

    assert "T1 利用開始日" in latest(kigen)
