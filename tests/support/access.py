"""A Mosquitto as we ship it: our configuration, the access list of a site, and certificates of an authority made for the test."""

import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from hotzone.app.access.folder import Made, Wish, make_folder
from hotzone.config.model import Site
from hotzone.config.service import Broker

from .mosquitto import Mosquitto, free_port

HOST = "localhost"
_START_S = 30.0


def two_free_ports() -> int:
    """A port that was free a moment ago, and the next one, too."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


def wish(site: Site, port: int = 8883, **changes: object) -> Wish:
    """What a folder shall be for."""
    given: dict[str, object] = {
        "hosts": (HOST, "127.0.0.1"),
        "at": None,
        "operators": ("operator",),
        "simulation": False,
        "days": 825,
        "revoke": (),
    }
    return Wish(site=site, port=port, **{**given, **changes})


class BrokerForUse(Mosquitto):
    """One broker process with `certs/broker/mosquitto.conf`; `more` settings go before the listeners."""

    def __init__(self, folder: Path, site: Site, more: str = "", **changes: object) -> None:
        super().__init__(folder, more, scheme="mqtts")
        self.site = site
        self.port = two_free_ports()
        self.certs = folder / "certs"
        self.changes = changes
        self.made = self.make()

    def make(self, **more: object) -> Made:
        """Make the certificates, the access list and the configuration, or bring them up to date."""
        return make_folder(self.certs, wish(self.site, self.port, **{**self.changes, **more}), datetime.now(UTC))

    def text(self) -> str:
        """What we ship, and what the test asked for besides."""
        return self.config + (self.certs / "broker" / "mosquitto.conf").read_text()

    def start(self) -> Self:
        """Start it, and wait for its second door, too."""
        super().start()
        deadline = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port + 1), timeout=0.2).close()
            except OSError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.01)
            else:
                return self

    @property
    def url(self) -> str:
        """The door of hotzone itself."""
        return f"mqtts://{HOST}:{self.port + 1}"

    @property
    def door(self) -> str:
        """The door of devices and people."""
        return f"mqtts://{HOST}:{self.port}"

    def client(self, name: str, **changes: object) -> Broker:
        """How somebody with a certificate connects."""
        cert, key = (str(self.certs / "clients" / f"{name}.{kind}") for kind in ("crt", "key"))
        given: dict[str, object] = {
            "url": self.url if name == "hotzone" else self.door,
            "client_id": name,
            "ca_file": str(self.certs / "authority.crt"),
            "cert_file": cert,
            "key_file": key,
        }
        return Broker(**{**given, **changes})
