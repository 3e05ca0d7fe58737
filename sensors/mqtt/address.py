"""Where the broker is and how to talk to its port: the URL, TLS, and what the kernel watches over."""

import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from ...config.service import Broker

_PORTS = {"mqtt": 1883, "mqtts": 8883}

_KEEP_ALIVE_S = 5
"""Seconds of TCP silence before the kernel asks, and between its questions; after three without answer the connection is dead."""

_USER_TIMEOUT_MS = 5000
"""Milliseconds that sent bytes may stay unacknowledged by the other kernel."""


class Address(NamedTuple):
    """A broker's host, port and whether the connection is encrypted."""

    host: str
    port: int
    tls: bool


def parse_url(url: str) -> Address:
    """Read `mqtt://host[:port]` or `mqtts://host[:port]`. Raises ValueError for all else, credentials in the URL included."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        msg = f"{parts.scheme or 'no'} scheme: a broker's URL begins with mqtt:// or mqtts://"
        raise ValueError(msg)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        msg = f"a broker's URL is {parts.scheme}://host[:port] and nothing more"
        raise ValueError(msg)
    if parts.username is not None or parts.password is not None:
        msg = (
            "credentials do not belong in a broker's URL: it shows in logs; the site file takes them, as username and password of [broker]"
        )
        raise ValueError(msg)
    return Address(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "mqtts")


def tls_context(broker: Broker) -> ssl.SSLContext:
    """Verify the broker by `ca_file` or the system's authorities, host name included; show our own certificate if there is one.

    Raises OSError if a file cannot be read.
    """
    context = ssl.create_default_context(cafile=broker.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if broker.cert_file is not None:
        context.load_cert_chain(broker.cert_file, broker.key_file)
    return context


def watch_connection(sock: socket.socket) -> None:
    """Have the kernel end a connection whose other side is gone without a word."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", _KEEP_ALIVE_S),
        ("TCP_KEEPINTVL", _KEEP_ALIVE_S),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", _USER_TIMEOUT_MS),
    ):
        option = getattr(socket, name, None)  # not every system has each
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
