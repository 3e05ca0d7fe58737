"""How a handler connects to the site's broker: beside the run's own session, under a name of its own."""

import ssl
from typing import Final
from urllib.parse import urlsplit

import aiomqtt

from ..config.model import Broker

TIMEOUT_S: Final = 5.0
"""Wall seconds that the broker may take to answer."""


def mqtt_client(broker: Broker, suffix: str) -> aiomqtt.Client:
    """A client with the site's credentials."""
    url = urlsplit(broker.url)
    tls = None
    if url.scheme == "mqtts":
        tls = ssl.create_default_context(cafile=broker.ca_file)
        if broker.cert_file is not None:
            tls.load_cert_chain(broker.cert_file, broker.key_file)
    return aiomqtt.Client(
        url.hostname or "127.0.0.1",
        url.port or (8883 if tls else 1883),
        identifier=f"{broker.client_id}-{suffix}",
        username=broker.username,
        password=None if broker.password is None else broker.password.reveal(),
        protocol=aiomqtt.ProtocolVersion.V5,
        tls_context=tls,
        timeout=TIMEOUT_S,
    )
