"""The page on which a letter shows while it is written, in a browser: whole, at once, with nothing from outside."""

from __future__ import annotations

import threading
from itertools import product

import pytest

from jobs.language.messages import Messages
from jobs.notices.listing import LETTERS
from jobs.pages.watch import WatchServer
from jobs.views.samples import must_say, sample_data
from jobs.views.watched_letter import WatchedLetter, words_of_page
from notify.letters.renderer import Renderer
from tests.browser.pages import PATIENCE_MS, SHADES, grave_findings

LANGUAGES = ("ja", "en")
SENDERS = {language: sample_data(LETTERS, "renewal-notice", language)["sender"] for language in LANGUAGES}
NEEDED = must_say(LETTERS, LANGUAGES, "ja")


@pytest.fixture
def own(tmp_path):
    """The reseller's renewal notice."""
    path = tmp_path / "ja" / "renewal-notice.txt"
    path.parent.mkdir()
    path.write_text("---\nsubject: 初めの件名\n---\n", "utf-8")
    return path


@pytest.fixture
def address(tmp_path, own):
    """Where the page is."""
    messages = Messages("ja")

    def look(query):
        return WatchedLetter(LETTERS, NEEDED, Renderer([tmp_path]), SENDERS, messages).shown(query)

    server = WatchServer(0, look, lambda: Renderer([tmp_path]).sources_hash(), words_of_page(messages), "ja")
    server.daemon_threads, server.block_on_close = False, True  # the files stay until the last answer is given
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server.address
    server.shutdown()
    server.server_close()


@pytest.fixture
def watch(browser, address):
    """Opens the page; a fault of it, or a request to anywhere else, fails the test at its end."""
    faults, contexts = [], []

    def open_page(query="", shade="light"):
        context = browser.new_context(viewport={"width": 1500, "height": 900}, color_scheme=shade)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address) else faults.append(asked.url))
        page.goto(f"{address}{query}", wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in faults if not each.startswith("data:")] == []


@pytest.mark.parametrize(("page_in", "letter_in"), list(product(SHADES, SHADES)))
def test_the_letter_has_the_chosen_colours_whatever_the_readers_own_are(watch, page_in, letter_in):
    page = watch(f"?shade={letter_in}", shade=page_in)

    colours = page.frame_locator(".desktop iframe").locator("body")

    ground = {"light": "rgb(238, 241, 245)", "dark": "rgb(16, 21, 28)"}[letter_in]
    assert colours.evaluate("each => getComputedStyle(each).backgroundColor") == ground


def test_the_frames_are_as_wide_as_desk_and_phone_and_as_long_as_the_letter(watch):
    page = watch()

    sizes = [
        page.frame_locator(f".{name} iframe").locator("html").evaluate(
            "each => [innerWidth, innerHeight >= each.scrollHeight]"
        )
        for name in ("desktop", "phone")
    ]  # fmt: skip

    assert sizes == [[640, True], [360, True]]


def test_a_saved_file_shows_without_a_reload(watch, own):
    page = watch()
    page.evaluate("window.stays = true")

    own.write_text("---\nsubject: 次の件名\n---\n", "utf-8")

    page.wait_for_selector("dd.subject:has-text('次の件名')")
    assert page.evaluate("window.stays")


def test_a_wrong_file_is_told_and_the_letter_comes_back(watch, own):
    page = watch()

    own.write_text("---\nsubject: {{ acount.company }}\n---\n", "utf-8")
    page.wait_for_selector(".trouble.stops:has-text('「account」のことですか')")
    assert grave_findings(page) == []

    own.write_text("---\nsubject: 直した件名\n---\n", "utf-8")
    page.wait_for_selector("dd.subject:has-text('直した件名')")


def test_a_link_in_the_letter_leads_nowhere(watch):
    page = watch("?in=en&letter=service-start")
    letter = page.frame_locator(".desktop iframe")

    letter.locator("a").first.click()

    assert letter.locator("h1").inner_text()


@pytest.mark.parametrize("shade", SHADES)
def test_the_page_has_contrast_and_structure_for_everybody(watch, shade):
    assert grave_findings(watch(shade=shade)) == []
