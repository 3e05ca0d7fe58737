"""Fixtures that more than one package's tests use."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import browser
from support.browser import Browse
from support.mosquitto import BINARY, CONFIG, Mosquitto, MosquittoFactory
from support.wheel import build_wheel


def pytest_configure() -> None:
    """Whoever runs the tests, as a shell does in the background, may have turned signals off that processes of ours are to hear."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much the fault tests do, beyond what everybody waits for."""
    group = parser.getgroup("faults")
    group.addoption("--seed", type=int, help="simulate this one seed")
    group.addoption("--seeds", type=int, help="how many seeds the soak simulates (default 1000)")


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[MosquittoFactory]:
    """Start brokers with a given configuration."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    brokers: list[Mosquitto] = []

    def start(config: str = CONFIG, *, scheme: str = "mqtt") -> Mosquitto:
        folder = tmp_path / f"mosquitto-{len(brokers)}"
        folder.mkdir()
        brokers.append(Mosquitto(folder, config, scheme=scheme))
        return brokers[-1].start()

    yield start
    for broker in brokers:
        broker.kill()


@pytest.fixture
def mosquitto(start_mosquitto: MosquittoFactory) -> Mosquitto:
    """A running Mosquitto with queues that do not overflow in a test."""
    return start_mosquitto()


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open a page in a real browser."""
    if browser.BINARY is None:
        pytest.skip("no browser is installed: apt-get install chromium")
    return lambda url: browser.browse(tmp_path / "browser", url)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this clone."""
    return build_wheel(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel"))
