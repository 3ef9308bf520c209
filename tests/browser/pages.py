"""Pages as a person opens them: a real Chromium, some screen, light or dark, and what goes wrong meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Route

__all__ = ["SCREENS", "SHADES", "Screen", "Visit", "grave_findings", "opened"]

# A page may not fetch its style sheets again, and a frame without rights answers nobody; the letters are judged alone.
AXE = {"resultTypes": ["violations"], "preload": False, "iframes": False}
PATIENCE_MS = 10_000  # what has not come by then does not come
OUTSIDE = re.compile(r"^(?!file:|data:|about:|blob:)")


@dataclass(frozen=True, slots=True)
class Screen:
    """A window of that size in CSS pixels; a phone has fingers and fine pixels too."""

    width: int
    height: int
    is_phone: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """As Playwright takes them."""
        touch = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2} if self.is_phone else {}
        return {"viewport": {"width": self.width, "height": self.height}, **touch}


SCREENS = {"desktop": Screen(1400, 900), "phone": Screen(390, 844, is_phone=True)}
SHADES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Visit:
    """An open page and all that it should not have done."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """The address of each file that the page asked for."""
    faults: list[str] = field(default_factory=list)
    """Errors and warnings of the console, errors of scripts, dialogs, windows, requests to anywhere but the disk."""


def watched(page: Page) -> Visit:
    """A visit that writes down every fault from now on; a request to the outside is stopped as well."""
    visit = Visit(page)
    note = visit.faults.append

    def refuse_dialog(dialog: Dialog) -> None:
        note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def refuse_request(route: Route) -> None:
        note(f"request: {route.request.url}")
        route.abort()

    def hear(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            note(f"console: {said.text}")

    page.on("console", hear)
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("pageerror", lambda error: note(f"script: {error}"))
    page.on("dialog", refuse_dialog)
    page.on("popup", lambda popup: note(f"window: {popup.url}"))
    page.context.route(OUTSIDE, refuse_request)
    return visit


@contextmanager
def opened(browser: Browser, path: Path | str, screen: str = "desktop", shade: str = "light") -> Iterator[Visit]:
    """A page from disk, `path` with or without a fragment, in a context of its own."""
    context = browser.new_context(**SCREENS[screen].options, color_scheme=shade, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    try:
        visit = watched(context.new_page())
        visit.page.goto(f"file://{path}")
        yield visit
    finally:
        context.close()


def grave_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical: its rule, and where."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{finding['impact']} {finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]
