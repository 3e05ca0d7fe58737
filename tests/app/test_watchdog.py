"""What systemd is told, over a real datagram socket."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hotzone.app.watchdog import FLOWING, READY, interval_s, keep_alive, tell


class Systemd:
    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(100).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["a path", "an abstract name"])
def supervised(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Systemd, dict[str, str]]]:
    name = f"hotzone-{os.getpid()}-{id(tmp_path)}"
    path = str(tmp_path / "notify") if request.param == "a path" else f"\0{name}"
    systemd = Systemd(path)
    yield systemd, {"NOTIFY_SOCKET": path.replace("\0", "@"), "WATCHDOG_USEC": "10000000"}
    systemd.socket.close()


def test_a_message_reaches_whoever_supervises_us(supervised: tuple[Systemd, dict[str, str]]) -> None:
    systemd, env = supervised
    tell(READY, env)
    assert systemd.heard() == [READY]


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/notify"])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    tell(READY, {"NOTIFY_SOCKET": address})


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "7"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_a_sign_of_life_comes_twice_within_the_limit(env: dict[str, str], expected: float | None) -> None:
    assert interval_s(env, pid=7) == expected


async def test_life_is_told_only_while_data_flows(supervised: tuple[Systemd, dict[str, str]]) -> None:
    systemd, env = supervised
    flowing = iter([False, True, True, False, False, True])
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 6:
            raise asyncio.CancelledError

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await keep_alive(lambda: next(flowing), sleep=sleep, env=env)
    assert slept == [5.0] * 6
    assert systemd.heard() == [FLOWING] * 3
    assert [(line["log_level"], line["event"][:19]) for line in logs] == [("critical", "data does not flow:"), ("info", "data flows again")]
