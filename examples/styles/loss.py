"""What an early acknowledgement loses: each of the four programs is killed in mid-stream, and started again on the same session.

    python examples/styles/loss.py --count 2000

Readings are published at QoS 1 while the program works on them slower than they come. It is killed, without a chance to say goodbye, while
readings wait; then it is started again and may work off what the broker still has for it. A reading is processed when it has been folded. What
was acknowledged and never processed is lost: the broker believed it to be safe, and nobody has it.

Without --broker a Mosquitto is started for it, which must be installed.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from hotzone.app.sites import site_named

STYLES = ("asyncio", "threads", "callbacks", "rx")
FOLDER = Path(__file__).parent
PATIENCE_S = 60.0


class Tally(NamedTuple):
    """What became of the readings of one program."""

    sent: int
    acknowledged: int
    """Before the kill: sent, less what came to the second life."""
    processed: int
    """In either life, each counted once."""
    twice: int

    @property
    def lost(self) -> int:
        """Readings that nobody has."""
        return self.sent - self.processed


def numbers(seen: Path) -> list[int]:
    """The sequence numbers of what has been processed, in order."""
    lines = seen.read_bytes().splitlines(keepends=True) if seen.exists() else []
    return [int(line.split(b'"sequence":')[1].split(b"}")[0]) for line in lines if line.endswith(b"\n") and b'"sequence":' in line]


@contextmanager
def program(style: str, broker: str, session: str, seen: Path, work_ms: float) -> Iterator["subprocess.Popen[str]"]:
    """One of the four, listening; killed at the end."""
    words = ["--broker", broker, "--site", "demo", "--session", session, "--seen", str(seen), "--work-ms", str(work_ms)]
    process = subprocess.Popen([sys.executable, str(FOLDER / f"with_{style}.py"), *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "listening":
            msg = f"with_{style}.py ended with {process.wait()} before it listened"
            raise RuntimeError(msg)
        yield process
    finally:
        process.kill()
        process.communicate()


def publish(broker: str, sequence: range) -> None:
    """Readings of the demo's thermometers with these numbers, each acknowledged by the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, f"loss-{time.monotonic_ns()}")
    address = urlsplit(broker)
    client.connect(address.hostname or "127.0.0.1", address.port or 1883)
    client.loop_start()
    topics = [sensor.topic for sensor in site_named("demo", secrets=False).sensors]
    sent = []
    for number in sequence:
        payload = f'{{"value":24.0,"time":{time.time_ns() // 1_000_000},"sequence":{number}}}'
        sent.append(client.publish(topics[number % len(topics)], payload, qos=1))
    for one in sent:
        one.wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def demonstrate(style: str, broker: str, count: int, work_ms: float, folder: Path) -> Tally:
    """Two lives of one session."""
    session, first, second = f"loss-{style}-{time.monotonic_ns()}", folder / f"{style}-1", folder / f"{style}-2"
    with program(style, broker, session, first, work_ms):
        publish(broker, range(count))
        wait(lambda: len(numbers(first)) >= min(100, count // 10))
    with program(style, broker, session, second, 0.0):
        publish(broker, range(count, count + 1))  # behind all that the broker still has for the session
        wait(lambda: count in numbers(second))
    before, after = {*numbers(first)}, {*numbers(second)} - {count}
    return Tally(count, count - len(after), len(before | after), len(before & after))


def wait(condition: Callable[[], bool]) -> None:
    """Until it holds. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


@contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """A broker of our own on a free port of loopback."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        sys.exit("mosquitto is not installed; name a broker with --broker mqtt://host:port")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\n"
    )
    with subprocess.Popen([binary, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL) as process:
        try:
            wait(lambda: listens(port))
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            process.terminate()


def listens(port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", help="use this one; its queues must hold --count messages")
    parser.add_argument("--count", type=int, default=2000, help="readings to send")
    parser.add_argument("--work-ms", type=float, default=2.0, help="how long the first life takes for a reading")
    parser.add_argument("--styles", nargs="+", choices=STYLES, default=STYLES)
    options = parser.parse_args()
    print(f"{'style':<10} {'sent':>6} {'acknowledged':>13} {'processed':>10} {'twice':>6} {'lost':>6}")
    with tempfile.TemporaryDirectory(prefix="hotzone-loss-") as folder, mosquitto_or(options.broker, Path(folder)) as broker:
        for style in options.styles:
            tally = demonstrate(style, broker, options.count, options.work_ms, Path(folder))
            print(
                f"{style:<10} {tally.sent:>6} {tally.acknowledged:>13} {tally.processed:>10} {tally.twice:>6} {tally.lost:>6}", flush=True
            )
    print("acknowledged: before the kill. lost: acknowledged, and processed in neither life. twice: processed in both.")


@contextmanager
def mosquitto_or(broker: str | None, folder: Path) -> Iterator[str]:
    if broker is not None:
        yield broker
        return
    with mosquitto(folder) as url:
        yield url


if __name__ == "__main__":
    main()
