"""Opening a session: TCP, TLS and CONNECT, each of them in a few seconds or not at all."""

import asyncio
import ssl
from collections.abc import Mapping

from mqtt5 import ConnectPacket, Will

from ...config.service import Broker
from ...config.units import SECOND
from .address import parse_url, tls_context
from .errors import BrokerUnreachable
from .session import Listener, Session
from .wire import MAX_PACKET

CONNECT_TIMEOUT_S = 5.0
"""Seconds for TCP, TLS and CONNACK together."""


async def open_session(
    broker: Broker,
    *,
    client_id: str | None = None,
    clean_start: bool = False,
    session_expiry: int | None = None,
    will: Will | None = None,
    listeners: Mapping[str, Listener] | None = None,
) -> Session:
    """Connect and wait for the broker's consent. `client_id` and `session_expiry` (ns) stand in for the broker's of the site file.

    For a connection that only publishes: an own client id, `clean_start=True` and `session_expiry=0`.
    Raises BrokerUnreachable, ConnectRefused, ConnectionLost; ValueError for a URL that is none.
    """
    address = parse_url(broker.url)
    loop = asyncio.get_running_loop()
    connect = ConnectPacket(
        client_id or broker.client_id,
        username=broker.username,
        password=broker.password.reveal().encode() if broker.password is not None else None,
        clean_start=clean_start,
        will=will,
        # 0 would mean none, and a broker need not take that: iotcore closes the connection without a word.
        keep_alive=max(1, -(-broker.keep_alive // SECOND)),
        session_expiry_interval=(broker.session_expiry if session_expiry is None else session_expiry) // SECOND,
        receive_max=broker.receive_maximum,
        max_packet_size=MAX_PACKET,
        topic_alias_max=0,
    )
    session = Session(connect, bound=broker.receive_maximum, listeners=listeners)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            context: ssl.SSLContext | None = tls_context(broker) if address.tls else None
            await loop.create_connection(lambda: session, address.host, address.port, ssl=context)
            await session.opened
    except TimeoutError:
        session.abort("no answer")
        why = f"no answer within {CONNECT_TIMEOUT_S:.0f} s"
        raise BrokerUnreachable(broker.url, why) from None
    except OSError as error:
        session.abort("unreachable")
        raise BrokerUnreachable(broker.url, error.strerror or str(error)) from error
    except asyncio.CancelledError:
        session.abort("given up")
        raise
    return session
