"""A broker of our own, for the demo and for trying: iotcore (rumqttd) in a child process that ends with us.

It is no Mosquitto: it resumes no session, ignores the receive maximum, has no `$SYS`, keeps nothing on disk, never says that
nobody is subscribed (reason code 16), and closes the connection without a word on a keep-alive of 0 or a refused login.
"""

import asyncio
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from iotcore import Broker

_ATTEMPTS = 5
"""Between finding a free port and taking it, somebody else can."""

_CONFIG = """\
id = 0
[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
    [v5.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = 262144
    max_inflight_count = 500
    dynamic_filters = true
"""


class EmbeddedBroker:
    """An MQTT 5 broker on a free loopback port. Starting takes 0.2 s: on an event loop use `async with`, which does it in a thread."""

    def __init__(self) -> None:
        self._broker: Broker | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, for `config.service.Broker`."""
        return f"mqtt://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it listens. Raises OSError when no port could be had, RuntimeError when it does not come up."""
        from iotcore import Broker  # noqa: PLC0415  half a second that nobody pays who brings a broker

        for attempt in range(1, _ATTEMPTS + 1):
            self._port = _free_port()
            with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False) as config:
                config.write(_CONFIG.format(port=self._port))
            try:
                broker = Broker(config_path=config.name)
                broker.start()
            except OSError:
                if attempt == _ATTEMPTS:
                    raise
            else:
                self._broker = broker
                return
            finally:
                Path(config.name).unlink()

    def stop(self) -> None:
        """End the child and free the port. A second call does nothing."""
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.stop)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
