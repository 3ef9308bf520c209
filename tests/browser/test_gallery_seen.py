"""The preview page as its users work with it: finding decisions, reading mails, on a desk and on a phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import expect

from jobs.pages.preview import CheckShown, write_gallery
from tests.browser.pages import SCREENS, SHADES, grave_findings, opened
from tests.jobs.pages.preview_builders import a_mail, an_entry

PARTNER = "販売パートナー例株式会社"
FIRST, NEXT = date(2021, 9, 1), date(2021, 9, 2)
CALENDAR = "BEGIN:VCALENDAR\nSUMMARY:更新の期限\nEND:VCALENDAR\n"


def a_mail_with_a_file() -> EmailMessage:
    mail = a_mail(subject="【サービス開始】第二みほん株式会社")
    mail.add_attachment(CALENDAR, subtype="calendar", filename="期限.ics")
    return mail


ENTRIES = [
    an_entry(),
    an_entry(
        contract="K-0002",
        company="第二みほん株式会社",
        kind="service-start",
        partner=PARTNER,
        reason="late",
        to=("second@example.com",),
        raw=a_mail_with_a_file().as_bytes(),
    ),
    an_entry(contract="K-0003", company="Third Sample Ltd.", day=NEXT, partner=PARTNER),
    an_entry(
        contract="K-0004",
        company="第四みほん株式会社",
        action="hold",
        reason="owner-missing",
        to=(),
        checks=(CheckShown("A1", "The owner has an address", passed=False),),
    ),
    an_entry(
        contract="K-0005",
        action="skip",
        reason="continued",
        raw=None,
        checks=(CheckShown("N1", "No continuation is ordered", passed=False),),
    ),
]


@pytest.fixture
def gallery(tmp_path):
    """Writes a gallery of these entries, or of the usual five."""

    def write(*entries) -> Path:
        return write_gallery(tmp_path / "preview", entries or ENTRIES, title="Preview", made_for="2021-09-01")

    return write


@pytest.fixture
def seen(visit, gallery):
    """Opens the usual five."""
    return lambda fragment="", **how: visit(f"{gallery()}{fragment}", **how)


def contracts(page):
    """The contracts in the list, as it stands."""
    return [text.partition("/")[0] for text in page.locator(".row .under .side").all_inner_texts()]


def mail_of(page):
    """What the frame shows."""
    return page.frame_locator("#panel iframe").locator("body")


# ---- Finding


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("第四", ["K-0004"]),
        ("k-0003", ["K-0003"]),
        ("second@example", ["K-0002"]),
        ("THIRD　ｓａｍｐｌｅ", ["K-0003"]),  # in whichever width and case they are typed
        ("みほん late", ["K-0002"]),  # all words have to be there
        ("【サービス開始】", ["K-0002"]),
    ],
)
def test_the_search_finds_by_company_contract_address_and_subject(seen, words, left):
    page = seen()

    page.get_by_label("Search").fill(words)

    assert contracts(page) == left
    expect(page.locator("#found")).to_have_text(f"{len(left)} of 5 decisions")


@pytest.mark.parametrize(
    ("facet", "value", "left"),
    [
        ("Day", "=2021-09-02", ["K-0003"]),
        ("Kind", "=service-start", ["K-0002"]),
        ("Reason", "=continued", ["K-0005"]),
        ("Partner", f"={PARTNER}", ["K-0002", "K-0003"]),
    ],
)
def test_a_filter_leaves_what_it_names(seen, facet, value, left):
    page = seen()

    page.get_by_role("combobox", name=facet).select_option(value)

    assert contracts(page) == left


@pytest.mark.parametrize(("action", "left"), [("Hold", ["K-0004"]), ("Skip", ["K-0005"])])
def test_the_actions_filter_at_a_press(seen, action, left):
    page = seen()

    page.get_by_role("button", name=action).click()

    assert contracts(page) == left
    expect(page.get_by_role("button", name=action)).to_have_attribute("aria-pressed", "true")


def test_each_filter_counts_what_the_other_filters_leave(seen):
    page = seen()

    page.get_by_role("combobox", name="Partner").select_option(f"={PARTNER}")

    assert page.locator("#actions button").all_inner_texts() == ["All2", "Send2", "Skip0", "Hold0"]
    assert page.locator("#facet-day option").all_inner_texts() == ["All (2)", "2021-09-01 (1)", "2021-09-02 (1)"]


def test_clearing_the_filters_brings_everything_back(seen):
    page = seen()
    page.get_by_label("Search").fill("nobody is called that")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()

    page.get_by_role("button", name="Clear filters").click()

    assert contracts(page) == [f"K-000{number}" for number in range(1, 6)]
    expect(page.get_by_label("Search")).to_have_value("")


# ---- Reading


def test_a_mail_stands_in_a_frame_without_rights(seen):
    page = seen("#1")

    expect(mail_of(page)).to_contain_text("購入申込書の期限は2021年12月2日です。")
    assert page.locator("#panel iframe").get_attribute("sandbox") == ""


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("Text", "ご契約の終了予定日が近づいています。"),
        ("Headers", "ライセンス窓口 <desk@example.co.jp>"),
        ("Source", "Content-Transfer-Encoding: base64"),
    ],
)
def test_a_mail_is_also_shown_as_text_headers_and_source(seen, tab, shown):
    page = seen("#1")

    page.get_by_role("tab", name=tab).click()

    expect(page.locator("#panel")).to_contain_text(shown)
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")


def test_the_frame_takes_the_width_of_a_phone(seen):
    page = seen("#1")
    frame = page.locator("#panel iframe")
    expect(frame).to_be_visible()
    assert frame.bounding_box()["width"] > SCREENS["phone"].width

    page.get_by_role("button", name="Phone").click()

    assert frame.bounding_box()["width"] == SCREENS["phone"].width


def test_recipients_and_reasons_stand_beside_the_mail(seen):
    page = seen("#2")

    expect(page.locator("#facts")).to_contain_text("second@example.com")
    expect(page.locator("#facts")).to_contain_text(PARTNER)
    expect(page.locator("#reason")).to_have_text("late")
    expect(page.locator("#checks li")).to_have_text(
        [
            "✓Holds: The notice is due on 2021-09-01, 4 months before the end monthN1",
            "✓Holds: The continuation can be bought until 2021-12-02B1",
            "–Did not apply: The item is recording storageB4",
        ]
    )


def test_an_attachment_is_named_and_its_text_can_be_opened(seen):
    page = seen("#2")

    page.get_by_text("期限.ics").click()

    expect(page.locator("#parts pre")).to_contain_text("SUMMARY:更新の期限")


def test_a_held_notice_says_that_nobody_gets_it_and_why(seen):
    page = seen("#4")

    expect(page.locator("#action")).to_have_text("Hold")
    expect(page.locator("#facts")).to_contain_text("nobody")
    expect(page.locator("#checks .failed")).to_contain_text("Does not hold: The owner has an address")
    expect(mail_of(page)).to_contain_text("購入申込書")


def test_a_skipped_one_has_no_mail_but_its_reasons(seen):
    page = seen("#5")

    expect(page.locator("#checks .failed")).to_contain_text("No continuation is ordered")
    expect(page.locator("#mail")).to_be_hidden()


def test_an_address_leads_to_a_decision_a_width_and_a_view(seen):
    page = seen("#2/phone/text")

    expect(page.locator("#subject")).to_have_text("【サービス開始】第二みほん株式会社")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Phone")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("fragment", ["#99", "#0", "#-1", "#1e0", "#constructor", "#%00/phone"])
def test_an_address_that_leads_nowhere_leaves_the_list(seen, fragment):
    page = seen(fragment)

    assert len(contracts(page)) == len(ENTRIES)
    expect(page.locator("#detail")).to_be_hidden()


# ---- Hands


def test_the_keyboard_walks_through_the_list_and_finds_the_search(seen):
    page = seen("#1")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row[aria-selected=true]")).to_contain_text("K-0003")
    expect(page).to_have_url(re.compile("#3$"))
    page.keyboard.press("End")
    expect(page.locator("#number")).to_have_text("5 of 5")
    page.keyboard.press("/")

    expect(page.get_by_label("Search")).to_be_focused()


def test_arrows_change_the_view_of_a_mail_where_a_tab_has_the_focus(seen):
    page = seen("#1")
    page.get_by_role("tab", name="HTML").focus()

    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Text")).to_be_focused()
    expect(page.locator("#panel")).to_contain_text("山田 様")


def test_everything_is_reached_with_the_tabulator(seen):
    page = seen("#1")
    expect(page.locator("#panel iframe")).to_be_visible()
    reached = set()

    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent"))

    assert reached >= {"search", "facet-day", "facet-kind", "facet-reason", "facet-partner", "list", "HTML", "Phone"}


def test_on_a_phone_the_list_and_the_mail_take_turns(seen):
    page = seen(screen="phone")
    expect(page.locator("#detail")).to_be_hidden()

    page.locator(".row").nth(1).tap()
    expect(page.locator(".finder")).to_be_hidden()
    expect(mail_of(page)).to_contain_text("購入申込書")
    page.get_by_role("button", name="All decisions").tap()

    expect(page.locator(".finder")).to_be_visible()
    expect(page.locator("#detail")).to_be_hidden()


@pytest.mark.parametrize("fragment", ["", "#2", "#4/text", "#5"])
def test_on_a_phone_nothing_has_to_be_moved_sideways(seen, fragment):
    page = seen(fragment, screen="phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"].width


# ---- Many


@pytest.fixture(scope="session")
def ten_thousand(tmp_path_factory):
    """A gallery of which each tenth entry has a mail."""
    written, unwritten = an_entry(raw=a_mail(html=None).as_bytes()), an_entry(raw=None)
    numbers = range(1, 10_001)
    entries = (replace(written if number % 10 == 1 else unwritten, contract=f"K-{number:05d}") for number in numbers)
    return write_gallery(tmp_path_factory.mktemp("many"), entries, title="Preview", made_for="2021-09-01")


def test_ten_thousand_decisions_open_with_one_piece_of_their_mails_and_the_rows_in_sight(browser, ten_thousand):
    with opened(browser, ten_thousand) as visit:
        expect(visit.page.locator("#panel pre")).to_contain_text("山田 様")

        expect(visit.page.locator("#found")).to_have_text("10,000 decisions")
        assert pieces(visit) == ["mails-0001.js"]
        assert visit.page.locator(".row").count() < 30


def test_a_decision_far_down_brings_the_one_piece_it_stands_in(browser, ten_thousand):
    with opened(browser, f"{ten_thousand}#7771") as visit:
        expect(visit.page.locator("#facts")).to_contain_text("K-07771/1")

        assert pieces(visit) == ["mails-0156.js"]
        assert "K-07771" in contracts(visit.page)


def test_filters_reach_all_of_ten_thousand_without_asking_for_their_mails(browser, ten_thousand):
    with opened(browser, ten_thousand) as visit:
        visit.page.get_by_label("Search").fill("k-0999")

        expect(visit.page.locator("#found")).to_have_text("10 of 10,000 decisions")
        assert pieces(visit) == ["mails-0001.js"]


def pieces(visit):
    """The pieces of mails that the page has asked for."""
    return [Path(address).name for address in visit.asked if "/mails-" in address]


# ---- For everybody


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("fragment", ["", "#2", "#2/text", "#2/headers", "#4", "#5"])
def test_the_page_has_contrast_and_structure_for_everybody(seen, fragment, screen, shade):
    page = seen(fragment, screen=screen, shade=shade)
    expect(page.locator("#checks li" if fragment else ".row").first).to_be_visible()

    assert grave_findings(page) == []


def test_a_filtered_page_has_contrast_and_structure_for_everybody(seen):
    page = seen("#2")
    page.get_by_role("combobox", name="Partner").select_option(f"={PARTNER}")
    page.get_by_label("Search").fill("第二")

    assert grave_findings(page) == []
