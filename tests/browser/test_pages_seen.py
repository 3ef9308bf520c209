"""Every page that a command leaves, as the command leaves it: nothing serious for axe, as wide as its screen.

A new page is a new entry of PAGES: a name, the function that makes it in a demo's folder, and where in it to look.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from email import message_from_bytes, policy
from functools import cache
from itertools import product

import pytest

from tests.browser.pages import SCREENS, SHADES, grave_findings
from tests.end_to_end.installation import PROGRAMS
from tests.notify.bounces.builders import report_about


def demo(home):
    """The first look: many decisions of a day."""
    return home / "preview" / "index.html"


def forecast(home):
    """The year ahead of the same book."""
    return home / "forecast" / "index.html"


def evidence(home):
    """What proves the notices of a contract, one of which came back."""
    back = came_back(home)
    kigen(home, "evidence", f"contract:{back['lines'][0].partition('/')[0]}", "--out", home / "proof.zip")
    zipfile.ZipFile(home / "proof.zip").extractall(home / "proof")
    return home / "proof" / "index.html"


def notice(home):
    """The story of one that came back."""
    came_back(home)
    (back, *_) = json.loads(kigen(home, "notices", "--status", "held", "--format", "json"))
    kigen(home, "notices", "show", str(back["id"]), "--page", home / "notice.html")
    return home / "notice.html"


@cache
def came_back(home):
    """A mail that came back."""
    mail = message_from_bytes(min((home / "maildir" / "new").iterdir()).read_bytes(), policy=policy.default)
    (home / "report.eml").write_bytes(report_about(mail))
    kigen(home, "bounce", home / "report.eml")
    (back,) = json.loads(kigen(home, "bounce", "--list", "--format", "json"))
    return back


def kigen(home, *arguments):
    """What the command says of the demo's installation."""
    command = [PROGRAMS / "kigen", *arguments, "--config", home / "config.toml"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


PAGES = {
    "demo": (demo, ""),
    "demo-mail": (demo, "#1"),
    "forecast": (forecast, ""),
    "evidence": (evidence, ""),
    "notice": (notice, ""),
}
EACH_LOOK = list(product(SCREENS, SHADES))


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Where the page of that maker is, in one demo's installation; each is made once."""
    home = tmp_path_factory.mktemp("pages") / "demo"
    subprocess.run([PROGRAMS / "kigen", "demo", home], check=True, capture_output=True)
    return cache(lambda make: make(home))


@pytest.fixture(params=PAGES)
def named(request, made):
    """A page's address."""
    make, place = PAGES[request.param]
    return f"{made(make)}{place}"


@pytest.mark.parametrize(("screen", "shade"), EACH_LOOK)
def test_a_page_has_contrast_and_structure_for_everybody(visit, named, screen, shade):
    page = visit(named, screen=screen, shade=shade)
    page.wait_for_load_state("networkidle")

    assert grave_findings(page) == []


def test_a_page_is_read_on_a_phone_without_moving_sideways(visit, named):
    page = visit(named, screen="phone")
    page.wait_for_load_state("networkidle")

    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"].width
