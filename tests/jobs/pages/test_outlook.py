"""The folder that `write_forecast` leaves: which files, what they hold, what they replace."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from jobs.pages.folder import PageError
from jobs.pages.outlook import write_forecast
from jobs.pages.preview import CheckShown, write_gallery
from tests.jobs.pages.outlook_builders import HORIZON, a_notice, days_data, foretold, reasons
from tests.jobs.pages.preview_builders import an_entry, files

STATIC = {"index.html", "style.css", "forecast.js", "days.js", "lines.js", "elements.js", "words.js"}
PAGE = STATIC | {"data/days-data.js"}
OWN = resources.files("jobs.pages") / "files" / "outlook"
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028\u202e"


def write(folder, *notices):
    return write_forecast(folder, iter(notices), HORIZON, title="Forecast", made_for="2021-09-01 … 2022-08-31")


# The files


def test_the_path_of_the_page_is_returned_and_its_files_stand_beside_it(tmp_path):
    page = write(tmp_path / "new" / "page", a_notice())

    assert page == tmp_path / "new" / "page" / "index.html"
    assert files(page.parent) == PAGE | {"data/why-0001.js"}


def test_a_forecast_of_nothing_is_a_page_without_notices(tmp_path):
    write(tmp_path / "page")

    assert files(tmp_path / "page") == PAGE
    assert (days_data(tmp_path / "page")["rows"], days_data(tmp_path / "page")["chunks"]) == ([], [])


def test_no_file_name_comes_from_the_data(tmp_path):
    write(tmp_path / "page", a_notice(contract="../../escaped", company="/etc/passwd", kind="..\\x", line="\0"))

    assert files(tmp_path) == {f"page/{name}" for name in PAGE | {"data/why-0001.js"}}


def test_an_earlier_forecast_page_is_replaced_and_what_it_does_not_need_any_more_is_gone(tmp_path):
    write(tmp_path / "page", *(a_notice(contract=f"K-{number}") for number in range(1201)))
    assert len(list((tmp_path / "page" / "data").glob("why-*.js"))) == 3

    write(tmp_path / "page", a_notice())

    assert files(tmp_path / "page") == PAGE | {"data/why-0001.js"}


@pytest.mark.parametrize("what", ["file", "gallery"])
def test_a_folder_that_is_no_forecast_page_is_left_as_it_is(tmp_path, what):
    if what == "gallery":
        write_gallery(tmp_path, [an_entry()], title="Preview", made_for="2021-09-01")
    else:
        (tmp_path / "thesis.txt").write_text("ten years of work")
    before = files(tmp_path)

    with pytest.raises(PageError, match=r"holds other files; .* an earlier forecast page"):
        write(tmp_path, a_notice())

    assert files(tmp_path) == before


def test_the_folder_of_a_forecast_page_is_no_gallery_either(tmp_path):
    write(tmp_path, a_notice())

    with pytest.raises(PageError, match="an earlier preview"):
        write_gallery(tmp_path, [], title="Preview", made_for="")


# The data


def test_the_notices_stand_by_day_whatever_order_they_come_in(tmp_path):
    days = [date(2021, 9, 1) + timedelta(days=number) for number in (30, 0, 7)]

    write(tmp_path, *(a_notice(day=day) for day in days))

    assert [row["day"] for row in foretold(tmp_path)] == ["2021-09-01", "2021-09-08", "2021-10-01"]


def test_a_notice_is_given_with_all_that_the_page_says_of_it(tmp_path):
    write(tmp_path, a_notice(action="hold", reason="owner-missing", to=(), partner="代理店", cc=("a@example.com",)))

    assert foretold(tmp_path) == [
        {
            "day": "2021-09-01",
            "kind": "renewal-notice",
            "contract": "K-0001",
            "line": "1",
            "occasion": "2022-01/4m",
            "account": ["株式会社みほん商事", "代理店", "", "a@example.com"],
            "action": "hold",
            "reason": "owner-missing",
            "dueOn": "2021-09-01",
            "notAfter": "2021-12-02",
        }
    ]


def test_the_checks_of_each_notice_stand_at_its_own_place_in_the_chunks(tmp_path):
    told = [
        a_notice(contract=f"K-{number:04}", checks=(CheckShown("N1", f"{number}", passed=True),))
        for number in range(777)
    ]

    write(tmp_path, *told)

    assert [checks for (checks,) in reasons(tmp_path)] == [["N1", str(number), True] for number in range(777)]
    assert sum(count for count, _ in days_data(tmp_path)["chunks"]) == 777


def test_an_account_with_many_notices_is_written_once(tmp_path):
    write(tmp_path, *(a_notice(line=str(number)) for number in range(100)))

    assert len(days_data(tmp_path)["accounts"]) == 1


def test_the_page_knows_its_days_and_which_are_none_for_business(tmp_path):
    write(tmp_path)

    shown = days_data(tmp_path)
    assert (shown["first"], shown["last"]) == ("2021-09-01", "2022-08-31")
    assert shown["closed"] == {"2021-09-04": "", "2021-09-20": "敬老の日"}


def test_a_hostile_name_stays_text_in_every_script(tmp_path):
    write(
        tmp_path,
        a_notice(company=HOSTILE, contract=HOSTILE, kind=HOSTILE, checks=(CheckShown("", HOSTILE, passed=True),)),
    )

    for script in (tmp_path / "data").iterdir():
        text = script.read_text("utf-8")
        assert "<" not in text
        assert "\u2028" not in text
    assert foretold(tmp_path)[0]["account"][0] == HOSTILE


# The page itself


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def page_tags():
    parser = _Tags()
    parser.feed((OWN / "index.html").read_text("utf-8"))
    return parser.seen


def test_the_page_says_its_language_charset_title_and_width():
    tags = page_tags()

    assert ("html", {"lang": "en"}) in tags
    assert ("meta", {"charset": "utf-8"}) in tags
    assert any(attributes.get("name") == "viewport" for _, attributes in tags)
    assert "title" in [tag for tag, _ in tags]


def test_the_page_loads_nothing_but_its_own_files_and_its_policy_allows_nothing_else():
    tags = page_tags()
    loaded = [attributes[name] for _, attributes in tags for name in ("src", "href") if name in attributes]
    (policy,) = (a["content"] for _, a in tags if a.get("http-equiv") == "Content-Security-Policy")

    assert set(loaded) - {"data:,", "data/days-data.js"} <= STATIC
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["forecast.js", "days.js", "lines.js"])
def test_the_scripts_make_text_never_markup(name):
    script = (OWN / name).read_text("utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:", script)


def test_both_colour_schemes_name_the_same_colours():
    style = (OWN / "style.css").read_text("utf-8")
    light, dark = (
        set(re.findall(r"(--[\w-]+): #", part)) for part in style.split("@media (prefers-color-scheme: dark)")[:2]
    )

    assert light
    assert light == {name for name in dark if name in light}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 between two colours like #1f5fae."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_words_and_bars_stand_out_from_what_they_stand_on(scheme):
    style = (OWN / "style.css").read_text("utf-8").split("@media (prefers-color-scheme: dark)")[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", style))

    for ground in ("ground", "panel", "sunken", "chosen"):
        assert all(contrast(colours[ink], colours[ground]) >= 4.5 for ink in ("ink", "muted", "accent", "hold"))
        assert all(contrast(colours[f"k{number}"], colours[ground]) >= 3 for number in range(6))


def test_the_shipped_files_are_the_ones_that_are_written(tmp_path: Path):
    write(tmp_path)

    assert {entry.name for entry in OWN.iterdir()} | {"elements.js", "words.js"} == STATIC
    for entry in OWN.iterdir():
        assert (tmp_path / entry.name).read_bytes() == entry.read_bytes()
