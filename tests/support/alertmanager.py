"""A real Alertmanager for tests: ephemeral ports, a throw-away folder, nobody else in its cluster."""

import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Self

from msgspec import json

from .house import ROOT
from .mosquitto import free_port

_UNPACKED = ROOT / ".venv/alertmanager/usr/bin"
_TEMPLATE = Path("/usr/share/prometheus/alertmanager/email.tmpl")
BINARY = shutil.which("prometheus-alertmanager") or (
    shutil.which("prometheus-alertmanager", path=str(_UNPACKED)) if _TEMPLATE.exists() else None
)
"""None where there is none, or only half of Debian's."""
_START_S = 10.0

CONFIG = """\
global: { resolve_timeout: 2s }
route: { receiver: stub, group_by: [alertname, zone], group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h }
receivers: [{ name: stub, webhook_configs: [{ url: "URL", send_resolved: true }] }]
"""
"""Impatient: what has no end is resolved after 2 s."""


class Alertmanager:
    """One process; `notify` is where it sends its notifications."""

    def __init__(self, folder: Path, notify: str) -> None:
        if BINARY is None:
            msg = "prometheus-alertmanager is not installed"
            raise FileNotFoundError(msg)
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        (folder / "config.yml").write_text(CONFIG.replace("URL", notify))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it, and wait until it is ready."""
        words = [f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=", f"--storage.path={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), f"--config.file={self.folder / 'config.yml'}", *words], stdout=log, stderr=log, cwd=self.folder
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/-/ready", timeout=0.5).close()  # noqa: S310  our own
            except OSError:
                time.sleep(0.02)
            else:
                return self
        self.kill()
        msg = f"alertmanager did not start: {(self.folder / 'log').read_text(errors='replace')}"
        raise RuntimeError(msg)

    def alerts(self) -> list[dict[str, object]]:
        """What it shows as not resolved."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5.0) as answer:  # noqa: S310  our own address
            return json.decode(answer.read(), type=list[dict[str, object]])

    def kill(self) -> None:
        """SIGKILL, and wait."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(_START_S)
