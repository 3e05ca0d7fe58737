"""`make screenshots`: every view of the page, light and dark, at a desk and on a phone, from a real demo, into a folder.

The pictures are WebP: a quarter of the bytes of PNG, and as sharp as anybody sees.
"""

import re
import sys
import tempfile
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from support.commands import Command, hotzone
from support.house import ROOT
from support.pages import DESK, PHONE, chromium

QUALITY = 62
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"desk": DESK, "phone": PHONE}
SETTLE_MS = 1_500
FAILURE_MS = 90_000
SPEED = 25
"""Hall seconds a wall second: slower than the demo's own, so that the failure is there for every picture of the hall."""


def address(log: str) -> str | None:
    """The page's address in what a command printed."""
    found = re.search(r"http://127\.0\.0\.1:\d+", log)
    return found and found[0]


def take(page: Page, path: Path) -> int:
    """A picture of the window as it is; its size in bytes."""
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(b64decode(shot["data"]))
    return path.stat().st_size


def show(page: Page, url: str, view: str) -> None:
    """Go to a view and leave it as somebody would find it."""
    page.goto(f"{url}/#/{view}")
    page.wait_for_selector("#feed[data-state=live]")
    if view == "alarms":
        page.locator(".alarm .rule").first.click()
    page.wait_for_timeout(SETTLE_MS)


VIEWS = {"hall": "hall", "rack": "hall/h1/A1-r03", "alarms": "alarms", "trends": "trends", "health": "health", "kpi": "kpi"}


Tabs = dict[str, Page]


def pictures(tabs: Tabs, url: str, name: str, view: str, folder: Path) -> int:
    """One view in every tab; how many bytes that are."""
    for page in tabs.values():
        show(page, url, view)
    return sum(take(page, folder / f"{name}-{tab}.webp") for tab, page in tabs.items())


def main(folder: Path) -> None:
    """Run a demo until its unit has failed, then take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, chromium() as browser, ExitStack() as stack:
        recording = str(Path(work) / "recording")
        tabs = {
            f"{where}-{scheme}": stack.enter_context(browser.tab(size=size, scheme=scheme)).page
            for where, size in SIZES.items()
            for scheme in SCHEMES
        }
        with hotzone(Path(work), "demo", "--plain", "--site", slowed(Path(work), SPEED), "--recording", recording) as demo:
            url = found(demo)
            for page in tabs.values():
                show(page, url, "hall")
            next(iter(tabs.values())).wait_for_selector(
                "[data-zone=A1][data-state=warm], [data-zone=A1][data-state=hot]", timeout=FAILURE_MS
            )
            total = sum(take(page, folder / f"hall-{tab}.webp") for tab, page in tabs.items())
            total += sum(pictures(tabs, url, name, view, folder) for name, view in VIEWS.items() if name != "hall")
        with hotzone(Path(work), "replay", recording, "--serve", "--http", "127.0.0.1:0") as replay:
            url = found(replay)
            for page in tabs.values():
                show(page, url, "hall")
            page = next(iter(tabs.values()))
            for _ in range(4):
                page.get_by_label("To the next alarm").click()
                page.wait_for_timeout(SETTLE_MS)
            total += sum(take(page, folder / f"time-{tab}.webp") for tab, page in tabs.items())
    print(f"{len(list(folder.glob('*.webp')))} pictures in {folder}, {total / 1024:.0f} KiB")


def slowed(folder: Path, speed: int) -> str:
    """The demo's site with so many hall seconds a wall second; the path of its file."""
    path = folder / "demo.toml"
    path.write_text(f"{(ROOT / 'config/sites/demo.toml').read_text('utf-8')}\n[simulation]\nspeed = {speed}\n", "utf-8")
    return str(path)


def found(command: Command) -> str:
    """The page's address, once it is printed."""
    command.until(lambda: address(command.log) is not None, "the address of the page")
    url = address(command.log)
    assert url is not None
    return url


if __name__ == "__main__":
    main(Path(sys.argv[1]))
