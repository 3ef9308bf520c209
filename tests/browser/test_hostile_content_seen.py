"""What a stranger may have written into a book or a template does nothing on the preview page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from jobs.pages.preview import CheckShown, write_gallery
from tests.browser.pages import opened
from tests.jobs.pages.preview_builders import a_mail, an_entry

ALARM = "globalThis.top.alarmed = true; alert(1)"
NAMES = {
    "script": f"<script>{ALARM}</script>",
    "end-of-script": f"</script><script>{ALARM}</script>",
    "image": f'"><img src=x onerror="{ALARM}">',
    "template": "{{ 7 * 7 }} ${alert(1)} `alert(1)`",
    "turned-around": "invoice\u202efdp.exe \u2066\u200f",
    "long": "長" * 10_000,
    "unbroken": "x" * 10_240,
    "nothing": "\0\x1b[31m\ufeff\u2028\u2029",
    "prototype": "__proto__",
}
OUTSIDE = "https://outside.example.com"
MAIL = f"""<!doctype html><html><head><title>x</title>
<meta http-equiv="refresh" content="0;url={OUTSIDE}/refresh">
<base href="{OUTSIDE}/"><link rel="stylesheet" href="{OUTSIDE}/style.css">
<style>@import url({OUTSIDE}/import.css); body {{ background: url({OUTSIDE}/b.png) }}</style>
</head><body onload="{ALARM}"><script>{ALARM}</script><img src="{OUTSIDE}/pixel.gif" onerror="{ALARM}">
<iframe src="{OUTSIDE}/frame"></iframe><iframe src="javascript:{ALARM}"></iframe>
<object data="{OUTSIDE}/object"></object><video autoplay src="{OUTSIDE}/video"></video>
<form action="{OUTSIDE}/form"><button id="send">Send</button></form>
<svg onload="{ALARM}"><a href="javascript:{ALARM}"><text y="20">svg</text></a></svg>
<a id="script" href="javascript:{ALARM}">script</a> <a id="top" target="_top" href="{OUTSIDE}/">top</a>
<p>The mail itself.</p></body></html>"""
# What Chromium says of something that it was told to do and did not do.
REFUSED = ("Content Security Policy", "sandboxed", "Blocked script execution", "Refused to")


def a_gallery_of(folder, name):
    entry = an_entry(
        company=name,
        partner=name,
        contract=name,
        occasion=name,
        reason=name,
        to=(name,),
        checks=(CheckShown(name, name, passed=True),),
        raw=a_mail(
            subject=name.replace("\0", "").replace("\x1b", "").replace("\u2028", "").replace("\u2029", "")
        ).as_bytes(),
    )
    return write_gallery(folder, [entry, an_entry(partner="other")], title=name, made_for=name)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_is_shown_as_what_it_is(visit, tmp_path, name, screen):
    page = visit(f"{a_gallery_of(tmp_path / 'preview', name)}#1", screen=screen)

    expect(page.locator("#checks li")).to_have_count(1)
    assert page.evaluate("globalThis.alarmed") is None
    assert page.locator("script:not([src]), #facts img, #rows img, h1 img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    expect(page.locator("#panel")).to_be_in_viewport()  # no name is so long that it pushes the mail out of sight


def test_signs_that_turn_a_line_around_are_shown_by_their_number(visit, tmp_path):
    page = visit(f"{a_gallery_of(tmp_path / 'preview', NAMES['turned-around'])}#1")

    expect(page.locator("#facts")).to_contain_text("invoice⟨U+202E⟩fdp.exe")


@pytest.fixture
def hostile_mail(browser, tmp_path):
    """A visit to a page with a mail that tries everything."""
    page = write_gallery(tmp_path / "preview", [an_entry(raw=a_mail(html=MAIL).as_bytes())], title="x", made_for="x")
    with opened(browser, f"{page}#1") as visit:
        expect(visit.page.frame_locator("#panel iframe").get_by_text("The mail itself.")).to_be_visible()
        yield visit


def test_a_hostile_mail_runs_no_script_and_asks_for_nothing(hostile_mail):
    faults = [fault for fault in hostile_mail.faults if not any(word in fault for word in REFUSED)]

    assert faults == []
    assert hostile_mail.page.evaluate("globalThis.alarmed") is None


@pytest.mark.parametrize("target", ["#script", "#top", "#send", "svg text"])
def test_what_invites_a_press_in_a_hostile_mail_leads_nowhere(hostile_mail, target):
    page = hostile_mail.page
    before = page.url

    page.frame_locator("#panel iframe").locator(target).click(force=True)

    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")  # it was heard
    assert page.url == before
    assert len(page.context.pages) == 1
    assert [fault for fault in hostile_mail.faults if not any(word in fault for word in REFUSED)] == []
    expect(page.frame_locator("#panel iframe").get_by_text("The mail itself.")).to_be_visible()
