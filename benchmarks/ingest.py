"""How fast readings come in from Mosquitto without loss: the bare session beside C `mosquitto_sub`, and whatever command you add.

    .venv/bin/python benchmarks/ingest.py --count 50000 --rounds 5 --json ingest.json
    .venv/bin/python benchmarks/ingest.py --hotzone
    .venv/bin/python benchmarks/ingest.py --product 'hotzone=.venv/bin/hotzone run SITE --broker {url} ...' \
        --counter http://127.0.0.1:8780/metrics hotzone_readings_total

A round sends `count` readings of 90 bytes over 1,000 topics to each subject in turn, from a process that writes encoded packets as
fast as the broker answers (QoS 1) or takes them (QoS 0). The rate is from the first packet written to the last message received.
The broker's queue holds a whole round, so it has no reason to drop; a run that does not receive all is lossy and does not count.
CPU is what the subject used from the first packet on. Publisher, broker and subject share the machine's cores.
"""

import argparse
import asyncio
import json
import os
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from mqtt5 import ConnectPacket, DisconnectPacket, PublishPacket, QoS
from rich.console import Console
from rich.table import Table

from hotzone.config.model import Broker
from hotzone.sensors.mqtt import PubAckReasonCode, open_session
from hotzone.sensors.recording import Recording

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.mosquitto import Mosquitto, free_port

TOPICS = 1000
WINDOW = 1000
"""QoS 1 packets that the publisher has in flight."""
PATIENCE_S = 20.0
"""Without a new message for so long after the publisher is done, the rest counts as lost."""
CONFIG = "allow_anonymous true\nmax_queued_messages {queue}\nmax_inflight_messages 0\nset_tcp_nodelay true\n"


def topic(number: int) -> str:
    """A topic of the shape that a hall of 200 racks uses."""
    number %= TOPICS
    zone, place = divmod(number, 250)
    return f"dc/h1/A{zone}/A{zone}-r{place // 5 + 1:03}/in-{place % 5}"


def payload(number: int) -> bytes:
    """A reading as JSON, 90 bytes."""
    text = f'{{"value":{20 + number % 50 / 10:.2f},"unit":"C","time":{time.time_ns() // 1_000_000},"sequence":{number}'
    return text.ljust(89).encode() + b"}"


# The child processes


def publish(port: int, qos: int, count: int) -> None:
    """Write `count` encoded PUBLISH packets; with QoS 1 never more than WINDOW unanswered. Prints when the first went out, ns."""
    identified = [number % 65535 + 1 for number in range(count)] if qos else [None] * count
    packets = [PublishPacket(topic(n), payload(n), qos=QoS(qos), packet_id=identifier).write() for n, identifier in enumerate(identified)]
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(ConnectPacket("publisher", clean_start=True, keep_alive=60).write())
        sock.recv(1024)
        print(time.monotonic_ns(), flush=True)
        sent = answered = 0
        rest = b""
        while answered < count:
            upto = min(count, answered + WINDOW) if qos else min(count, sent + WINDOW)
            sock.sendall(b"".join(packets[sent:upto]))
            sent = upto
            if not qos:
                answered = sent
                continue
            data = rest + sock.recv(65536)
            position = 0
            while position + 1 < len(data) and position + 2 + data[position + 1] <= len(data):
                position += 2 + data[position + 1]
                answered += 1
            rest = data[position:]
        sock.sendall(DisconnectPacket().write())


async def receive(port: int, qos: int, count: int) -> None:
    """The bare session: take `count` messages, acknowledging each batch. Prints when the last came, ns."""
    session = await open_session(Broker(url=f"mqtt://127.0.0.1:{port}", client_id="receiver"), clean_start=True, session_expiry=0)
    await session.subscribe(["dc/#"], qos=qos)
    while session.received < count:
        (await session.next_batch()).acknowledge()
    print(time.monotonic_ns(), flush=True)
    await session.close()


# Who is measured


class Subject(Protocol):
    """Something that receives. `finished` waits for `count` messages and returns when the last had come, ns; None if it did not."""

    @property
    def name(self) -> str: ...
    def command(self, port: int, qos: int, count: int) -> Sequence[str]: ...
    def finished(self, process: subprocess.Popen[bytes], output: Path, count: int) -> int | None: ...


@dataclass(frozen=True)
class BareSession:
    """`hotzone.sensors.mqtt` and nothing else; it prints when the last message came."""

    name: str = "bare session"

    def command(self, port: int, qos: int, count: int) -> Sequence[str]:
        """Itself, as a child."""
        return [sys.executable, __file__, "--child", "receive", str(port), str(qos), str(count)]

    def finished(self, process: subprocess.Popen[bytes], output: Path, count: int) -> int | None:  # noqa: ARG002
        """Wait for its end."""
        return int(output.read_text()) if ended(process) else None


@dataclass(frozen=True)
class MosquittoSub:
    """The C client, which throws away what it gets, and ends when it has got all."""

    name: str = "mosquitto_sub"

    def command(self, port: int, qos: int, count: int) -> Sequence[str]:
        """Print the length of each payload: the least that it can do."""
        options = ["-V", "5", "-h", "127.0.0.1", "-p", str(port), "-q", str(qos), "-t", "dc/#", "-C", str(count), "-F", "%l"]
        return [shutil.which("mosquitto_sub") or "mosquitto_sub", *options]

    def finished(self, process: subprocess.Popen[bytes], output: Path, count: int) -> int | None:  # noqa: ARG002
        """Wait for its end."""
        return time.monotonic_ns() if ended(process) else None


@dataclass(frozen=True)
class Product:
    """A command that goes on by itself and counts what it received at a Prometheus endpoint; `{url}` is the broker's."""

    name: str
    line: str
    endpoint: str
    metric: str

    def command(self, port: int, qos: int, count: int) -> Sequence[str]:
        """The command line with what this run needs filled in."""
        return shlex.split(self.line.format(url=f"mqtt://127.0.0.1:{port}", qos=qos, count=count))

    def finished(self, process: subprocess.Popen[bytes], output: Path, count: int) -> int | None:  # noqa: ARG002
        """Ask for the count until it is reached or stands still."""
        best, since = 0, time.monotonic()
        while process.poll() is None and time.monotonic() - since < PATIENCE_S:
            received = self._received()
            if received >= count:
                return time.monotonic_ns()
            if received > best:
                best, since = received, time.monotonic()
            time.sleep(0.05)
        return None

    def _received(self) -> int:
        with urllib.request.urlopen(self.endpoint, timeout=5) as answer:  # noqa: S310  the caller's own endpoint
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.partition(" ")[0].partition("{")[0] == self.metric)


SITE = """
name = "bench"
broker.qos = {qos}
http.port = {http}
sensors = ["in-0", "in-1", "in-2", "in-3", "in-4"]
layout = {{ count = 50, name = "{{zone}}-r{{n:03}}" }}
halls.h1.zones = {{ A0 = {{}}, A1 = {{}}, A2 = {{}}, A3 = {{}} }}
"""


@dataclass
class Hotzone:
    """The whole of `hotzone run`: recorded, acknowledged after the commit, alarms on. A reading counts when the recording has it."""

    name: str = "hotzone run"
    folder: Path = Path()
    http: int = 0

    def command(self, port: int, qos: int, count: int) -> Sequence[str]:  # noqa: ARG002
        """A site of 1,000 thermometers, and a folder for it."""
        self.folder, self.http = Path(tempfile.mkdtemp(prefix="hotzone-")), free_port()
        site = self.folder / "site.toml"
        site.write_text(SITE.format(qos=qos, http=self.http))
        options = ["--site", str(site), "--broker", f"mqtt://127.0.0.1:{port}", "--recording", str(self.folder / "log"), "--plain"]
        return [sys.executable, "-c", "from hotzone.app.cli import main; main()", "run", *options]

    def finished(self, process: subprocess.Popen[bytes], output: Path, count: int) -> int | None:
        """Ask for the frames until there are enough; then count those that are readings, of which not one may be missing."""
        counter = Product(self.name, "", f"http://127.0.0.1:{self.http}/metrics", "hotzone_frames_total")
        try:
            end = counter.finished(process, output, count)
            deadline = time.monotonic() + PATIENCE_S
            while end is not None and self._recorded() < count:
                time.sleep(0.05)
                end = time.monotonic_ns() if time.monotonic() < deadline else None
            return end
        finally:
            process.send_signal(signal.SIGSTOP)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _recorded(self) -> int:
        return sum(frame.topic.startswith("dc/") for batch in Recording(self.folder / "log").frames() for frame in batch)


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it ends by itself in time; it stays a zombie, which still shows its CPU time."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if state is not None:
            return state.si_status == 0
        time.sleep(0.002)
    return False


# One run


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that ended, to 10 ms; for a zombie too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What one run found; `rate` in messages a second, `cpu` in seconds for a million messages; None for a lossy run."""

    subject: str
    qos: int
    rate: float | None = None
    cpu: float | None = None


async def until_subscribed(url: str) -> None:
    """Publish one message until somebody gets it: a subject's start-up is none of our business. It receives one more than `count`."""
    session = await open_session(Broker(url=url), client_id="bench", clean_start=True, session_expiry=0)
    async with asyncio.timeout(60):
        while await session.publish(topic(0), b"0") is PubAckReasonCode.NO_MATCHING_SUBSCRIBERS:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await session.close()


def measure(subject: Subject, qos: int, count: int) -> Run:
    """Start a broker and the subject, publish, and wait."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder, CONFIG.format(queue=max(100_000, count + 1))).start()
        try:
            with (folder / "output").open("wb") as output:
                process = subprocess.Popen(subject.command(broker.port, qos, count + 1), stdout=output)
            try:
                asyncio.run(until_subscribed(broker.url))
                before = cpu_seconds(process.pid)
                command = [sys.executable, __file__, "--child", "publish", str(broker.port), str(qos), str(count)]
                with subprocess.Popen(command, stdout=subprocess.PIPE) as publisher:
                    end = subject.finished(process, folder / "output", count + 1)
                    used = cpu_seconds(process.pid) - before
                    begin = int(publisher.communicate(timeout=PATIENCE_S)[0])
            finally:
                process.kill()
                process.wait()
        finally:
            broker.kill()
    if end is None:
        return Run(subject.name, qos)
    return Run(subject.name, qos, count / (end - begin) * 1e9, used / count * 1e6)


# The whole


def report(runs: Sequence[Run], count: int) -> None:
    """Print the medians."""
    table = Table(title=f"Mosquitto, {count:,} readings a run, medians of the runs without loss")
    for column in ("QoS", "subject", "runs", "lossy", "msg/s", "least-most", "CPU-s / million"):
        table.add_column(column, justify="left" if column == "subject" else "right")
    for qos, subject in dict.fromkeys((run.qos, run.subject) for run in runs):
        mine = [run for run in runs if (run.qos, run.subject) == (qos, subject)]
        rates = sorted(run.rate for run in mine if run.rate is not None)
        cpu = [run.cpu for run in mine if run.cpu is not None]
        row = [str(qos), subject, str(len(mine)), str(len(mine) - len(rates))]
        if rates:
            row += [f"{statistics.median(rates):,.0f}", f"{rates[0]:,.0f}-{rates[-1]:,.0f}", f"{statistics.median(cpu):.2f}"]
        table.add_row(*row)
    Console().print(table)


def main() -> int:
    """Measure, print, and return 1 if a subject lost something in each of its runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000, help="readings a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--qos", type=int, nargs="+", choices=(0, 1), default=[1, 0])
    parser.add_argument("--product", action="append", default=[], metavar="NAME=COMMAND", help="a further subject")
    parser.add_argument("--hotzone", action="store_true", help="the whole product, too: hotzone run")
    parser.add_argument("--counter", nargs=2, metavar=("URL", "METRIC"), help="where the products count what they received")
    parser.add_argument("--json", type=Path, help="write all runs there")
    parser.add_argument("--child", nargs=4, metavar=("WHAT", "PORT", "QOS", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        port, qos, count = map(int, options.child[1:])
        if options.child[0] == "publish":
            publish(port, qos, count)
        else:
            asyncio.run(receive(port, qos, count))
        return 0

    subjects: list[Subject] = [BareSession(), MosquittoSub()]
    if options.hotzone:
        subjects.append(Hotzone())
    for text in options.product:
        name, _, line = text.partition("=")
        subjects.append(Product(name, line, *options.counter))
    runs = []
    for turn in range(options.rounds):
        for qos in options.qos:
            for subject in subjects:
                Console(stderr=True).print(f"round {turn + 1}/{options.rounds}, QoS {qos}, {subject.name}")
                runs.append(measure(subject, qos, options.count))
    report(runs, options.count)
    if options.json:
        options.json.write_text(json.dumps({"count": options.count, "runs": [asdict(run) for run in runs]}, indent=1) + "\n")
    return int(any(all(run.rate is None for run in runs if run.subject == subject.name) for subject in subjects))


if __name__ == "__main__":
    sys.exit(main())
