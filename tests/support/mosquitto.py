"""A real Mosquitto for tests: an ephemeral port, a throw-away folder, and the signals that break it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

BINARY = shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")

CONFIG = """\
allow_anonymous true
max_queued_messages 100000
max_inflight_messages 0
sys_interval 1
"""
"""What a test gets unless it asks for something else."""

_START_S = 30.0


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """One broker process. `config` is what follows the listener line, so that listener options may lead it.

    `folder` takes the configuration, the log and whatever the broker stores.
    """

    def __init__(self, folder: Path, config: str = CONFIG, *, scheme: str = "mqtt") -> None:
        if BINARY is None:
            msg = "mosquitto is not installed"
            raise FileNotFoundError(msg)
        self.folder = folder
        self.config = config
        self.scheme = scheme
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def text(self) -> str:
        """Its configuration."""
        return f"listener {self.port} 127.0.0.1\n{self.config}"

    def start(self) -> Self:
        """Start it, or start it again on the same port, and wait until it listens."""
        path = self.folder / "mosquitto.conf"
        # Without `user`, a broker started by root gives up root and then cannot write to the test's folder.
        text = self.text()
        user = "user root\n" if os.geteuid() == 0 and "user root" not in text.splitlines() else ""
        path.write_text(user + text)
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen([str(BINARY), "-c", str(path)], stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=0.2).close()
            except OSError:
                time.sleep(0.01)
            else:
                return self
        self.kill()
        msg = f"mosquitto did not start: {self.log}"
        raise RuntimeError(msg)

    def freeze(self) -> None:
        """SIGSTOP: the connections stay, nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM, and wait: what it persists, it writes."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self._end(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            process.wait(_START_S)


MosquittoFactory = Callable[..., Mosquitto]
"""`(config=CONFIG, *, scheme="mqtt")`: a broker that runs until the test ends."""
