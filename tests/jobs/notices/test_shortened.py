"""A letter that would be too long for a mail shows the first rows of its lists; a table has all."""

from __future__ import annotations

from jobs.notices.samples import a_change
from jobs.notices.shortened import SHOWN, all_rows, shortened

MENUS = [f"Zoom ウェビナー {number}" for number in range(30)]
SEATS = [{"menu": menu, "seats": 2} for menu in MENUS]
ITEMS = [{"line": str(number), "menu": menu, "seats": 2} for number, menu in enumerate(MENUS, 1)]
CHANGE = a_change("", 0, "", 0) | {"before": SEATS, "after": SEATS[:1]}
DATA = {"items": ITEMS, "menus": MENUS, "changes": [CHANGE], "contract": "K-0001"}


def test_the_first_items_are_left_and_the_others_are_counted():
    shorter = shortened(DATA)

    assert (shorter["items"], shorter["more_items"]) == (ITEMS[:SHOWN], 10)
    assert shorter["contract"] == "K-0001"


def test_what_is_left_out_of_a_list_of_names_is_hinted_at():
    assert shortened(DATA)["menus"] == [*MENUS[:SHOWN], "…"]


def test_rows_of_seats_still_add_up_to_the_same():
    before = shortened(DATA)["changes"][0]["before"]

    assert before[SHOWN:] == [{"menu": "…", "seats": 20}]
    assert sum(row["seats"] for row in before) == sum(row["seats"] for row in SEATS)


def test_a_letter_of_few_rows_stays_as_it_is():
    few, fewer = ({"items": ITEMS[:shown], "menus": MENUS[:shown]} for shown in (SHOWN, SHOWN - 2))

    assert shortened(few) == few | {"more_items": 0}
    assert shortened(fewer) == fewer | {"more_items": 0}


def test_the_table_has_every_row_of_every_list():
    rows = list(all_rows(DATA))

    parts = [part for part, _ in rows]
    assert [parts.count(part) for part in ("items", "before", "after")] == [30, 30, 1]
    assert [row for part, row in rows if part == "before"] == SEATS
