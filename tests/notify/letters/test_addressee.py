"""Whom a letter addresses (Art. 7.4): company, department, person; 様 or 御中 once, and never both after one name."""

from __future__ import annotations

import pytest

from notify.letters.renderer import Renderer
from tests.notify.letters.builders import sample

RENDERER = Renderer()
ALL = ("見本 花子", "情報システム部", "山田 太郎")


@pytest.mark.parametrize(
    ("owner", "department", "contact", "head"),
    [
        ("見本 花子", "", "", ["株式会社見本商事", "見本 花子 様"]),
        ("", "", "", ["株式会社見本商事 御中"]),
        ("", "情報システム部", "", ["株式会社見本商事", "情報システム部 御中"]),
        ("", "情報システム部御中", "", ["株式会社見本商事", "情報システム部 御中"]),
        ("見本 花子", "情報システム部", "", ["株式会社見本商事", "情報システム部", "見本 花子 様"]),
        ("", "情報システム部", "山田 太郎様", ["株式会社見本商事", "情報システム部", "山田 太郎 様"]),
        ("山田 太郎", "", "山田 太郎 様", ["株式会社見本商事", "山田 太郎 様"]),
        (*ALL, ["株式会社見本商事", "情報システム部", "山田 太郎 様", "アカウントオーナー　見本 花子 様"]),
    ],
)
def test_a_japanese_letter_addresses_the_contact_or_else_the_owner(owner, department, contact, head):
    assert head_of("ja", owner, department, contact) == head


@pytest.mark.parametrize(
    ("owner", "department", "contact", "head", "greeting"),
    [
        ("Hanako Mihon", "", "", ["Mihon Trading Co., Ltd."], "Dear Hanako Mihon,"),
        ("", "Information Systems", "", ["Mihon Trading Co., Ltd.", "Information Systems"], "Dear Account Owner,"),
        ("", "", "Taro Yamada", ["Mihon Trading Co., Ltd."], "Dear Taro Yamada,"),
        (
            "Hanako Mihon",
            "Information Systems",
            "Taro Yamada",
            ["Mihon Trading Co., Ltd.", "Information Systems", "Taro Yamada", "Account owner: Hanako Mihon"],
            "Dear Taro Yamada,",
        ),
    ],
)
def test_an_english_letter_addresses_the_contact_or_else_the_owner(owner, department, contact, head, greeting):
    assert head_of("en", owner, department, contact) == head
    assert greeting in letter("en", owner, department, contact).text


def head_of(language, owner, department, contact):
    """The lines before the title."""
    return letter(language, owner, department, contact).text.split("\n\n")[0].splitlines()


def letter(language, owner, department, contact):
    names = {"owner_name": owner, "contact_department": department, "contact_name": contact}
    return RENDERER.words("service-start", language, sample("service-start", language, account=names))
