"""The page in a real browser that Playwright drives, and everything that the browser complained about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from support.browser import BINARY

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000.0
"""For whatever is waited for: a page is slow where other work has the cores."""
_CALM = {"offline", "net::ERR_"}
"""What a browser says when the server is gone on purpose."""


class Opened:
    """One tab. `complaints` are console errors, violations of the content policy included, and uncaught exceptions."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._said)
        page.on("pageerror", self._raised)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(word in message.text for word in _CALM):
            self.complaints.append(f"{message.type}: {message.text}")

    def _raised(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error}")


class Chromium:
    """A browser that several tests use; each opens tabs of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def tab(
        self, *, size: dict[str, int] = DESK, scheme: Literal["light", "dark"] = "light", zone: str = "Europe/Zurich", **more: Any
    ) -> Iterator[Opened]:
        """A tab in a profile of its own: nobody's name, no choice of colours."""
        context = self._browser.new_context(viewport=size, color_scheme=scheme, timezone_id=zone, locale="en-GB", **more)
        try:
            yield Opened(context.new_page())
        finally:
            context.close()


@contextmanager
def chromium() -> Iterator[Chromium]:
    """The system's Chromium, headless."""
    assert BINARY is not None
    expect.set_options(timeout=PATIENCE_MS)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BINARY, args=sandbox)
        try:
            yield Chromium(browser)
        finally:
            browser.close()
