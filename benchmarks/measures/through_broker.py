"""Through Mosquitto: the rate at which messages come in, from the first packet written until the last has come through.

Publisher and broker share one core, what is measured has the other ones. The broker's queue holds a whole run; a run that does not get all
of it does not count. Peers throw away what they receive, but for Node-RED, which finds what is hot.
"""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile
from typing import Final

from ..broker import missing, mosquitto, until_heard
from ..measured import Run, Subject
from ..peers.receivers import RECEIVERS, Receiver
from ..processes import LOAD, cpu_seconds, ended, line, module, started
from ..product import running
from ..readings import Message, site, topic
from ..scale import Scale

PATIENCE_S: Final = 60.0


def count_of(qos: int, scale: Scale) -> int:
    """Readings of a run."""
    return scale.readings // 3 if qos else scale.readings


@contextmanager
def publisher(port: int, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """The load, ready to go."""
    command = module("publisher", port, *arguments)
    with started(command, LOAD, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        line(process.stdout)
        yield process


def begin(process: subprocess.Popen[bytes]) -> int:
    """Let it go; when it went, ns."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()
    return int(line(process.stdout))


def measure_hotzone(qos: int, scale: Scale) -> Run:
    """The product: a reading has come through when an event behind it was told; afterwards the recording must have each."""
    count = count_of(qos, scale)
    with mosquitto(count) as broker, running(broker.url, site(qos)) as product, publisher(broker.port, qos, count) as load:
        before = cpu_seconds(product.process.pid)
        began = begin(load)
        end = product.told("end", PATIENCE_S)
        used = cpu_seconds(product.process.pid) - before
        lost = count - product.recorded()
    return run(count, began, end, used, lost)


def measure_receiver(receiver: Receiver, qos: int, scale: Scale) -> Run:
    """A peer, which gets one message more than the readings and then ends."""
    count = count_of(qos, scale) // receiver.share
    with TemporaryFile() as output, mosquitto(count) as broker:
        with started(receiver.command(broker.port, qos, count + 1), stdout=output if receiver.tells else subprocess.DEVNULL) as process:
            until_heard(broker.url, Message(topic(0), b"22.5"))
            with publisher(broker.port, qos, count) as load:
                before = cpu_seconds(process.pid)
                began = begin(load)
                end = time.monotonic_ns() if ended(process, PATIENCE_S) else None
                used = cpu_seconds(process.pid) - before
        if end is not None and receiver.tells:
            output.seek(0)
            end = int(output.read())
    return run(count, began, end, used, 0)


def run(count: int, began: int, end: int | None, used: float, lost: int) -> Run:
    """The figures of a run."""
    if end is None or lost:
        return Run(None, why=f"{lost} of {count} lost" if lost else "not all came through")
    return Run(count / (end - began) * 1e9, used / count * 1e6)


def subjects(qos: int) -> Sequence[Subject]:
    """hotzone and its peers."""
    peers = [Subject(one.name, partial(measure_receiver, one, qos), either(missing, one.missing)) for one in RECEIVERS]
    return [Subject("hotzone", partial(measure_hotzone, qos), missing), *peers]


def either(*reasons: Callable[[], str | None]) -> Callable[[], str | None]:
    """The first reason that there is."""
    return lambda: next((found for reason in reasons if (found := reason())), None)
