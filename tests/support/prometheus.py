"""A real Prometheus for tests: an ephemeral port, a throw-away folder, one target, a scrape each 200 ms."""

import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Self

from msgspec import Struct, json

from .house import ROOT
from .mosquitto import free_port

_UNPACKED = str(ROOT / ".venv/prometheus/usr/bin")
BINARY = shutil.which("prometheus") or shutil.which("prometheus", path=_UNPACKED)
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=_UNPACKED)
_START_S = 10.0


class _Series(Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Result(Struct):
    result: list[_Series]


class _Answer(Struct):
    data: _Result


class Prometheus:
    """One process that scrapes `127.0.0.1:target`."""

    def __init__(self, folder: Path, target: int) -> None:
        if BINARY is None:
            msg = "prometheus is not installed"
            raise FileNotFoundError(msg)
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        (folder / "config.yml").write_text(
            "global: { scrape_interval: 200ms, scrape_timeout: 200ms }\n"
            f'scrape_configs: [{{ job_name: hotzone, static_configs: [{{ targets: ["127.0.0.1:{target}"] }}] }}]\n'
        )

    def start(self) -> Self:
        """Start it, and wait until it is ready."""
        words = [
            f"--config.file={self.folder / 'config.yml'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--storage.tsdb.path={self.folder}",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([str(BINARY), *words], stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=0.5).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self
        self.kill()
        msg = f"prometheus did not start: {(self.folder / 'log').read_text(errors='replace')}"
        raise RuntimeError(msg)

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """What the expression is now: labels and value."""
        words = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{words}", timeout=5.0) as answer:
            found = json.decode(answer.read(), type=_Answer).data.result
        return [(series.metric, float(series.value[1])) for series in found]

    def kill(self) -> None:
        """SIGKILL, and wait."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(_START_S)
