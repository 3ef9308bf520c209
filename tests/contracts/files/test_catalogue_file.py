"""The catalogue of menu items: what is shipped, and what a reseller's own table must keep to."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.catalogue import Role
from contracts.files.catalogue_file import CatalogueError, load_catalogue, shipped_catalogue

CODES = [
    "registration", "pro", "business", "enterprise-essentials", "enterprise-named-host", "education",
    "education-campus", "education-enterprise", "rooms", "room-connector", "webinar", "large-meeting",
    "storage-200gb", "storage-1tb", "storage-5tb", "workspace-reservation", "translated-captions", "clips-plus",
    "events-per-attendee", "events-unlimited", "revenue-accelerator", "whiteboard-plus", "scheduler",
]  # fmt: skip
HEADER = "code,role,name_ja,family,rank,new_from,total_to,minimum,falls_to,no_new_since,own_term,aliases,not_beside"
GOOD = "a,base,甲,base,1,,,,,,,"


def load(folder, *rows, header=HEADER):
    (folder / "menu.csv").write_text("\n".join((header, *rows)), "utf-8")
    return load_catalogue(folder / "menu.csv")


def test_the_shipped_catalogue_has_every_menu_code():
    assert [item.code for item in shipped_catalogue().items] == CODES


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Zoom Workplace プロ", "pro"),
        ("Zoom Workplace プロライセンス", "pro"),
        ("ＺＯＯＭ　ＷＯＲＫＰＬＡＣＥ　プロ", "pro"),
        ("ビジネス", "business"),
        ("Zoom H.323/SIP ルームコネクタライセンス", "room-connector"),
        ("Zoom クラウド録画容量拡張ライセンス（1TB）", "storage-1tb"),
        ("Whiteboard Plus", "whiteboard-plus"),
        ("システム初期登録", "registration"),
    ],
)
def test_an_item_is_found_as_users_type_it(typed, code):
    assert shipped_catalogue().find(typed).code == code


def test_the_shipped_limits_are_those_of_the_service():
    catalogue = shipped_catalogue()

    assert (catalogue["pro"].addition_to, catalogue["pro"].total_to, catalogue["pro"].january_start_day) == (8, 9, 7)
    business = catalogue["business"]
    assert (business.new_from, business.addition_to, business.total_to) == (10, 39, 49)
    for code, most in (("enterprise-essentials", 24999), ("enterprise-named-host", 2449)):
        item = catalogue[code]
        assert (item.new_from, item.addition_to, item.minimum, item.falls_to) == (50, most, 50, "business")
    for code in ("enterprise-named-host", "education"):
        assert catalogue[code].no_new_since == date(2024, 12, 7)
    assert [item.code for item in catalogue.items if item.fixed_after_closing] == CODES[12:15]
    assert [item.code for item in catalogue.items if item.own_term] == ["events-per-attendee"]


def test_base_items_share_a_family_so_does_storage_and_each_other_option_has_its_own():
    """N5."""
    for item in shipped_catalogue().items:
        shared = "base" if item.role is Role.BASE else "storage" if item.fixed_after_closing else item.code
        assert item.family == shared


def test_storage_is_a_ladder_and_not_sold_beside_pro():
    """B5."""
    steps = [(item.code, item.rank, item.not_beside) for item in shipped_catalogue().items if item.fixed_after_closing]

    assert steps == [("storage-200gb", 1, ("pro",)), ("storage-1tb", 2, ("pro",)), ("storage-5tb", 3, ("pro",))]


def test_tickets_come_in_600_or_more_and_pro_moves_up_only_at_renewal():
    """T6, T8."""
    catalogue = shipped_catalogue()
    tickets = catalogue["events-per-attendee"]

    assert (tickets.new_from, tickets.addition_from) == (600, 600)
    assert [item.code for item in catalogue.items if item.upgrade_at_renewal] == ["pro"]


def test_a_table_of_the_resellers_own_is_read(tmp_path):
    catalogue = load(
        tmp_path,
        "a,base,甲,base,2,5,40,5,b,2024-12-07,,甲種;A型",
        "b,base,乙,base,1,,,0,,,no,",
        "c,option,丙,,,,,,,,yes,",
    )

    assert (catalogue.find("Ａ型").code, catalogue["a"].falls_to, catalogue["a"].total_to) == ("a", "b", 40)
    assert (catalogue["c"].family, catalogue["c"].own_term, catalogue["c"].new_from) == ("c", True, 1)


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        ("b,basic,乙,base,1,,,,,,,", "role", "basic", "row.unknown-role"),
        (",base,乙,base,1,,,,,,,", "code", "", "row.required"),
        ("b,base,,base,1,,,,,,,", "name_ja", "", "row.required"),
        ("b,base,乙,base,,,,,,,,", "rank", "", "menu.rank-required"),
        ("b,base,乙,other,1,,,,,,,", "family", "other", "menu.base-item-of-another-family"),
        ("b,option,乙,base,,,,,,,,", "family", "base", "menu.family-of-base-items"),
        ("b,base,乙,base,1,ten,,,,,,", "new_from", "ten", "row.whole-number"),
        ("b,base,乙,base,1,10,9,,,,,", "total_to", "9", "menu.total-below-new-order"),
        ("b,base,乙,base,2,,,50,,,,", "falls_to", "", "menu.minimum-and-fall-together"),
        ("b,base,乙,base,2,,,50,z,,,", "falls_to", "z", "menu.no-lower-base-item"),
        ("b,base,乙,base,1,,,50,a,,,", "falls_to", "a", "menu.no-lower-base-item"),
        ("b,base,乙,base,1,,,,,soon,,", "no_new_since", "soon", "row.no-date"),
        ("b,base,乙,base,1,,,,,,maybe,", "own_term", "maybe", "row.yes-or-no"),
        ("b,option,乙,,,,,,,,,,a;z", "not_beside", "a;z", "menu.no-base-items"),
        ("b,base,乙,base,1,,,,,,,甲", "code", "b", "menu.spelling-twice"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_file_row_column_and_value(tmp_path, row, column, value, code):
    with pytest.raises(CatalogueError) as raised:
        load(tmp_path, GOOD, row)

    values = raised.value.values
    assert (raised.value.code, values["path"], values["row"]) == ("catalogue.cell", str(tmp_path / "menu.csv"), 3)
    assert (values["column"], values["value"], values["why"].code) == (column, value, code)


@pytest.mark.parametrize(
    ("header", "rows", "code", "why"),
    [
        (HEADER, [GOOD, "b,base,乙,base,1,,,,,,,x,,y"], "catalogue.row", "row.right-of-last-column"),
        (HEADER + ",colour", [GOOD], "catalogue.cell", "file.no-catalogue-column"),
        ("code,role", [], "catalogue.row", "file.no-required-column"),
        (HEADER, ["c,option,丙,,,,,,,,,"], "catalogue.table", "menu.no-base-item"),
        (HEADER, [], "catalogue.table", "menu.no-base-item"),
    ],
)
def test_a_table_that_is_no_catalogue_is_refused(tmp_path, header, rows, code, why):
    with pytest.raises(CatalogueError) as raised:
        load(tmp_path, *rows, header=header)

    assert (raised.value.code, raised.value.values["why"].code) == (code, why)


def test_a_catalogue_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"file\.no-such-file"):
        load_catalogue(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("language", "name"),
    [("ja", "甲"), ("en", "First"), ("de", "Erste"), ("fr", "First")],
)
def test_an_item_is_called_as_its_language_s_column_says_or_else_in_english(tmp_path, language, name):
    header = "code,role,name_ja,name_en,name_de,name_fr,family,rank"
    catalogue = load(tmp_path, "a,base,甲,First,Erste,,base,1", header=header)

    assert catalogue["a"].name(language) == name


def test_an_item_without_an_english_name_is_called_as_in_japanese(tmp_path):
    catalogue = load(tmp_path, GOOD)

    assert {catalogue["a"].name(language) for language in ("ja", "en", "de")} == {"甲"}


def test_a_book_may_call_an_item_as_a_further_language_does(tmp_path):
    catalogue = load(tmp_path, "a,base,甲,Erste,base,1", header="code,role,name_ja,name_de,family,rank")

    assert catalogue.find("erste") == catalogue["a"]
