"""A company or a person gets its honorific once, whatever was typed into the book."""

from __future__ import annotations

import pytest

from notify.letters.honorifics import addressed, without_honorific


@pytest.mark.parametrize(
    "typed",
    [
        "見本 花子",
        "見本 花子 様",
        "見本 花子様",
        "見本 花子　様",
        " 見本 花子　様 ",
        "見本 花子さま",
        "見本 花子 さま",
        "見本 花子 サマ",
        "見本 花子 ｻﾏ",
        "見本 花子殿",
        "見本 花子 殿",
        "見本 花子（様）",
        "見本 花子 (様)",
        "見本 花子 【様】",
        "見本 花子 様 様",
        "見本 花子様（様）",
        "見本 花子 御中 様",
        "見本 花子樣",
    ],
)
def test_a_person_is_addressed_once(typed):
    assert addressed(typed, "様") == "見本 花子 様"


@pytest.mark.parametrize(
    "typed",
    [
        "株式会社例示",
        "株式会社例示 御中",
        "株式会社例示御中",
        "株式会社例示　御中　",
        "株式会社例示（御中）",
        "株式会社例示 [御中]",
        "株式会社例示様",
        "株式会社例示 様",
        "株式会社例示 さま",
        "株式会社例示 殿",
        "株式会社例示 御中 御中",
        "株式会社例示様 御中",
    ],
)
@pytest.mark.parametrize("honorific", ["御中", "様"])
def test_a_company_is_addressed_once(typed, honorific):
    assert addressed(typed, honorific) == f"株式会社例示 {honorific}"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ご担当者様", "ご担当者 様"),
        ("ご担当者さま", "ご担当者 様"),
        ("部長殿", "部長 様"),
        ("花子様", "花子 様"),
        ("みほん はなこさま", "みほん はなこ 様"),
        ("Hanako Mihon", "Hanako Mihon 様"),
        ("Hanako Mihon様", "Hanako Mihon 様"),
        ("鵜殿", "鵜殿 様"),
        ("鵜殿 花子", "鵜殿 花子 様"),
        ("様子 花子", "様子 花子 様"),
    ],
)
def test_a_name_keeps_what_is_its_own(typed, written):
    assert addressed(typed, "様") == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("株式会社おひさま", "株式会社おひさま 御中"),
        ("目黒御殿", "目黒御殿 御中"),
        ("株式会社王様", "株式会社王様 御中"),
        ("株式会社王様 御中", "株式会社王様 御中"),
        ("御中元株式会社", "御中元株式会社 御中"),
    ],
)
def test_a_company_keeps_what_is_its_own(typed, written):
    assert addressed(typed, "御中") == written


@pytest.mark.parametrize("typed", ["株式会社おひさま", "株式会社王様"])
def test_a_company_named_with_a_sama_is_addressed_like_any_other(typed):
    assert addressed(typed, "様") == f"{typed} 様"


@pytest.mark.parametrize("typed", ["お客様", "皆様", "お客さま", "関係者各位"])
def test_what_is_said_to_everybody_gets_no_second_honorific(typed):
    assert addressed(typed, "様") == typed


@pytest.mark.parametrize("typed", ["", " ", "\u3000", "様", " 御中", "（様）"])
def test_where_nobody_is_named_nobody_is_addressed(typed):
    assert addressed(typed, "様") == ""


@pytest.mark.parametrize("typed", ["見本 花子 様", "見本 花子様", "株式会社例示 御中", "お客様", "", "花子"])
@pytest.mark.parametrize("honorific", ["様", "御中"])
def test_an_address_that_is_addressed_again_stays_as_it_is(typed, honorific):
    once = addressed(typed, honorific)

    assert addressed(once, honorific) == once


def test_a_name_for_a_header_has_no_honorific():
    assert without_honorific("見本 花子 様") == "見本 花子"
