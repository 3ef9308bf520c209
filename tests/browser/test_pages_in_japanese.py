"""The pages that the desk looks at, in its language: nothing of them is left in English, codes have names."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest
from playwright.sync_api import expect

from jobs.language.messages import Messages
from jobs.pages.outlook import write_forecast
from jobs.pages.preview import CheckShown, write_gallery
from jobs.views.wording import page_wording
from tests.jobs.pages.outlook_builders import HORIZON, a_notice
from tests.jobs.pages.preview_builders import a_mail, an_entry

JAPANESE = page_wording(Messages("ja"))
PARTNER = "販売パートナー例株式会社"
CHECKS = tuple(CheckShown("N1", "予定日は2021年9月1日（水）", passed=passed) for passed in (True, False, None))
HELD = {"action": "hold", "reason": "owner-missing", "to": (), "partner": PARTNER, "contract": "K-0002"}
THEIRS = re.compile(r"\S+@\S+|HTML|PDF|text/\S+|\bK?B\b")  # addresses, and what is called so in every language

# All that is seen or heard: text, and the words of labels. A mail's own headers and source are in nobody's language.
SAID = """() => {
  const isSeen = (node) => node.checkVisibility() && !node.closest("kbd, noscript, table.headers, pre");
  const said = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (isSeen(texts.currentNode.parentElement)) said.push(texts.currentNode.data);
  for (const node of document.querySelectorAll("[aria-label], [placeholder], iframe[title], th[abbr]"))
    if (isSeen(node))
      said.push(...["aria-label", "placeholder", "abbr"].map((name) => node.getAttribute(name) ?? ""), node.title);
  return said;
}"""


def english_left(page):
    return [said for said in page.evaluate(SAID) if re.search("[A-Za-z]{2}", THEIRS.sub("", said))]


@pytest.fixture
def preview(tmp_path):
    mail = a_mail()
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="案内.pdf")
    entries = [
        an_entry(checks=CHECKS, partner=PARTNER, cc=("partner@example.com",)),
        an_entry(**HELD, checks=CHECKS),
        an_entry(action="skip", reason="continued", raw=None, checks=CHECKS),
        an_entry(kind="service-start", day=date(2021, 9, 2)),
    ]
    return write_gallery(tmp_path / "preview", entries, title="", made_for="", wording=JAPANESE)


@pytest.fixture
def forecast(tmp_path):
    later = {"kind": "service-start", "day": date(2021, 10, 1)}
    notices = [a_notice(**facts, checks=CHECKS[:2]) for facts in ({}, HELD, later)]
    return write_forecast(tmp_path / "forecast", notices, HORIZON, title="", made_for="", wording=JAPANESE)


@pytest.mark.parametrize(
    ("page_of", "place"),
    [
        *product(["preview"], ["", "#1", "#2/phone", "#3", "#1/text", "#1/source"]),
        *product(["forecast"], ["", "#2021-09-01", "#2021-10", "#2021-12", "#all"]),
    ],
)
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_nothing_of_a_page_is_left_in_english(request, visit, page_of, place, screen):
    page = visit(f"{request.getfixturevalue(page_of)}{place}", screen=screen)
    page.wait_for_load_state("networkidle")

    assert english_left(page) == []


def test_a_preview_in_which_nothing_is_found_says_so_in_japanese(visit, preview):
    page = visit(preview)
    page.locator("#search").fill("そのような会社はない")

    expect(page.locator("#rows")).to_have_text("条件に合うものがありません。")
    assert english_left(page) == []


def test_a_reason_is_called_by_its_name_found_by_it_and_points_to_its_code(visit, preview):
    page = visit(f"{preview}#2")

    expect(page.locator("#reason")).to_have_text("オーナーのアドレスなし")
    expect(page.locator("#reason")).to_have_attribute("title", "owner-missing")
    for wanted in ("オーナーのアドレスなし", "owner-missing"):
        page.locator("#search").fill(wanted)
        expect(page.locator("#found")).to_have_text("4件中 1件")


def test_a_reason_is_chosen_by_its_name(visit, preview):
    page = visit(preview)
    page.locator("#facet-reason").select_option(label="継続の注文あり（1）")

    expect(page.locator("#rows .row")).to_have_count(1)


def test_a_notice_of_the_forecast_is_told_in_japanese(visit, forecast):
    page = visit(f"{forecast}#2021-09-01")
    page.locator("#rows .row").last.click()

    expect(page.locator("#panel-title")).to_have_text("2021年9月1日（水）")
    expect(page.locator("#facts")).to_contain_text("オーナーのアドレスなし")
    assert english_left(page) == []


def test_a_page_says_in_which_language_it_is(visit, preview, forecast):
    assert [visit(page).locator("html").get_attribute("lang") for page in (preview, forecast)] == ["ja", "ja"]
