"""The page on which a letter shows while it is written: what it is made of, and who may ask for it."""

from __future__ import annotations

import threading
from collections import defaultdict
from http.client import HTTPConnection

import pytest

from jobs.pages.watch import HOST, Letter, Menu, Shown, Trouble, WatchServer, in_shade, page

MENUS = (
    Menu("letter", "Letter", {"one": "The first", "two": "The second"}, "one"),
    Menu("in", "Language", {"ja": "日本語", "en": "English"}, "ja"),
)
LETTER = Letter(
    subject="<b>Subject</b>",
    preheader="",
    text="Text & more",
    html="<style>@media (prefers-color-scheme: dark) { p { color: red } }</style><p>HTML</p>",
    event="Title\nDescription",
)
WORDS = defaultdict(str)


def shown_as(shown, **query):
    return page(shown, query, "v1", WORDS, "en")


@pytest.fixture
def ask():
    """Asks a server that shows LETTER; the answer with its body."""
    server = WatchServer(0, lambda _: Shown(MENUS, LETTER), lambda: "v1", WORDS, "en")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def asked(path, **headers):
        connection = HTTPConnection(HOST, server.server_address[1], timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("asked", "shade", "answer"),
    [
        ("@media (prefers-color-scheme: dark) {", "dark", "@media (min-width: 0) {"),
        ("@media (prefers-color-scheme: dark) {", "light", "@media (max-width: 0) {"),
        ("@media ( prefers-color-scheme:light ) {", "light", "@media (min-width: 0) {"),
        ("@media print and (prefers-color-scheme: dark)", "dark", "@media print and (min-width: 0)"),
        (":root { color-scheme: light dark; }", "dark", ":root { color-scheme: dark; }"),
        ('<meta name="color-scheme" content="light dark">', "light", '<meta name="color-scheme" content="light">'),
    ],
)  # fmt: skip
def test_what_a_letter_asks_about_its_readers_colours_is_answered(asked, shade, answer):
    assert in_shade(asked, shade) == answer


def test_a_link_of_a_menu_keeps_what_else_is_chosen():
    assert 'href="/?letter=two&amp;in=ja&amp;shade=dark"' in shown_as(Shown(MENUS, LETTER), shade="dark")


def test_the_frames_show_what_is_chosen():
    assert shown_as(Shown(MENUS, LETTER)).count('src="/letter?letter=one&amp;in=ja&amp;shade=light"') == 2


def test_what_a_letter_says_is_text_on_the_page():
    said = shown_as(Shown(MENUS, LETTER))

    assert "&lt;b&gt;Subject&lt;/b&gt;" in said
    assert "Text &amp; more" in said
    assert "<summary>Title</summary>" in said


def test_what_keeps_a_letter_from_being_written_stands_in_its_place_with_the_lines_around():
    trouble = Trouble("letters/ja/x.txt, line 2", "no such name", 2, ((1, "one"), (2, "two <")))

    said = shown_as(Shown(MENUS, None, (trouble,)))

    assert "letters/ja/x.txt, line 2" in said
    assert '<li class="here"><span class="number">2</span><code>two &lt;</code></li>' in said
    assert "<iframe" not in said


def test_the_letter_in_the_dark_is_served_as_a_reader_in_the_dark_sees_it(ask):
    assert "@media (min-width: 0)" in ask("/letter?shade=dark")[1]
    assert "@media (max-width: 0)" in ask("/letter?shade=light")[1]


def test_the_page_may_ask_nobody_but_its_server_and_the_letter_may_run_nothing(ask):
    of_page, of_letter = (ask(path)[0].headers["Content-Security-Policy"] for path in ("/", "/letter"))

    assert "default-src 'none'" in of_page
    assert "script-src 'self';" in of_page
    assert "script-src" not in of_letter
    assert of_letter.endswith("sandbox allow-same-origin")


def test_a_name_of_the_net_that_leads_here_is_not_answered(ask):
    answer, body = ask("/", Host="letters.example.com")

    assert (answer.status, body) == (403, "")


def test_no_other_file_is_served(ask):
    assert [ask(path)[0].status for path in ("/page.html", "/../watch.py", "/version")] == [404, 404, 200]
