"""What the tests talk to."""

import threading
from collections.abc import Iterator

import pytest
from servers import Controller, Gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def controller() -> Iterator[Controller]:
    with Controller() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
