"""Every page that a command leaves, as the command leaves it: nothing serious for axe, as wide as its screen.

A new page is a new entry of PAGES: a name, the function that makes it in a folder, and where in it to look.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from email import message_from_bytes, policy
from functools import cache
from itertools import product

import pytest

from tests.browser.pages import SCREENS, SHADES, grave_findings, keep
from tests.end_to_end.installation import PROGRAMS
from tests.notify.bounces.builders import report_about


def demo(folder):
    """The first look: many decisions of a day."""
    subprocess.run([PROGRAMS / "kigen", "demo", folder / "demo"], check=True, capture_output=True)
    return folder / "demo" / "preview" / "index.html"


def forecast(folder):
    """The year ahead of the same book."""
    return demo(folder).parents[1] / "forecast" / "index.html"


def evidence(folder):
    """What proves the notices of a contract, one of which came back."""
    home = demo(folder).parents[1]
    mail = message_from_bytes(next((home / "maildir" / "new").iterdir()).read_bytes(), policy=policy.default)
    (home / "report.eml").write_bytes(report_about(mail))
    kigen(home, "bounce", home / "report.eml")
    (back,) = json.loads(kigen(home, "bounce", "--list", "--format", "json"))
    kigen(home, "evidence", f"contract:{back['lines'][0].partition('/')[0]}", "--out", home / "proof.zip")
    zipfile.ZipFile(home / "proof.zip").extractall(home / "proof")
    return home / "proof" / "index.html"


def notice(folder):
    """The story of one that came back."""
    home = evidence(folder).parents[1]
    (back, *_) = json.loads(kigen(home, "notices", "--status", "held", "--format", "json"))
    kigen(home, "notices", "show", str(back["id"]), "--page", home / "notice.html")
    return home / "notice.html"


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
    """Where the page of that maker is; each is made once."""
    return cache(lambda make: make(tmp_path_factory.mktemp(make.__name__)))


@pytest.fixture(params=PAGES)
def named(request, made):
    """A page's name and its address."""
    make, place = PAGES[request.param]
    return request.param, f"{made(make)}{place}"


@pytest.mark.parametrize(("screen", "shade"), EACH_LOOK)
def test_a_page_has_contrast_and_structure_for_everybody(visit, named, screen, shade):
    name, address = named
    page = visit(address, screen=screen, shade=shade)
    page.wait_for_load_state("networkidle")

    assert grave_findings(page) == []
    keep(page, f"page-{name}-{screen}-{shade}")


def test_a_page_is_read_on_a_phone_without_moving_sideways(visit, named):
    page = visit(named[1], screen="phone")
    page.wait_for_load_state("networkidle")

    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"].width
