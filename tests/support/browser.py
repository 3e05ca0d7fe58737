"""A real browser, headless: what it makes of a page, and what it complains about."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_QUIET = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
    "--v=0",
    "--virtual-time-budget=5000",
]
_TIMEOUT_S = 60.0


class Seen(NamedTuple):
    """A page after its scripts, if it has any, and the lines that it wrote to the console."""

    dom: str
    complaints: list[str]


Browse = Callable[[str], Seen]


def browse(folder: Path, url: str) -> Seen:
    """Open the page in a browser of its own."""
    assert BINARY is not None
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [BINARY, *_QUIET, *sandbox, f"--user-data-dir={folder}", "--dump-dom", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S)
    return Seen(done.stdout, re.findall(r"CONSOLE.*", done.stderr))
