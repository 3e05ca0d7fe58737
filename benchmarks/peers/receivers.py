"""The receivers that hotzone is compared with: a command each, that ends well when it has got COUNT messages."""

import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from ..measured import there
from ..processes import ROOT, module
from . import node_red

PYTHON: Final = ROOT / ".venv" / "peers" / "python" / "bin" / "python"
"""Of the environment that has the peers."""


class Receiver(NamedTuple):
    """A peer."""

    name: str
    command: Callable[[int, int, int], Sequence[str]]
    """For a port, a QoS and a count."""
    missing: Callable[[], str | None] = there
    """Why there is none."""
    tells: bool = True
    """Whether it prints when the last message came, ns of the monotonic clock; otherwise it ends at once."""
    share: int = 1
    """By what the number of messages is divided: what is slow would take long, and is no faster for it."""


def mosquitto_sub(port: int, qos: int, count: int) -> list[str]:
    """The C client, which prints the length of each payload: the least that it can do."""
    address = ["-V", "5", "-h", "127.0.0.1", "-p", str(port)]
    return ["mosquitto_sub", *address, "-q", str(qos), "-t", "dc/#", "-C", str(count), "-F", "%l"]


def python(name: str, interpreter: str = sys.executable) -> Callable[[int, int, int], Sequence[str]]:
    """A module of this folder."""
    return lambda port, qos, count: [interpreter, *module(f"peers.{name}", port, qos, count)[1:]]


def peers_missing(package: str) -> str | None:
    """Why the environment of the peers does not have it."""
    return None if any(PYTHON.parents[1].glob(f"lib/*/site-packages/{package}")) else f"{package} is not installed"


def command(name: str) -> Callable[[], str | None]:
    """Why a command cannot be run."""
    return lambda: None if shutil.which(name) else f"{name} is not installed"


RECEIVERS: Final = (
    Receiver("mosquitto_sub", mosquitto_sub, command("mosquitto_sub"), tells=False),
    Receiver("bare protocol", python("bare_protocol")),
    Receiver("paho", python("paho_client"), share=3),
    Receiver("aiomqtt", python("aiomqtt_client"), share=6),
    Receiver("gmqtt", python("gmqtt_client", str(PYTHON)), partial(peers_missing, "gmqtt"), share=3),
    Receiver("node-red", python("node_red"), node_red.missing),
)
