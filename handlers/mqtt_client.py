"""How a handler connects to the site's broker: beside the run's own session, under a name of its own."""

import asyncio
from typing import Any, Final, Self

import aiomqtt
from paho.mqtt.client import Client as Paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ..config.service import Broker
from ..sensors.mqtt.address import parse_url, tls_context

TIMEOUT_S: Final = 5.0
"""Wall seconds that the broker may take to answer."""


class PublishRefused(aiomqtt.MqttError):
    """The broker has the message and will not take it: its access list, a quota, the name of the topic."""

    def __init__(self, topic: str, reason: ReasonCode) -> None:
        super().__init__(f"the broker refuses {topic}: {reason}")


class Client(aiomqtt.Client):
    """Looks at what the broker answers; aiomqtt waits for the answer, whatever it says."""

    def __init__(self, *where: Any, **options: Any) -> None:  # noqa: ANN401  as aiomqtt has them
        super().__init__(*where, **options)
        self._turn = asyncio.Lock()
        self._answer: ReasonCode | None = None
        self.url = ""
        """For messages."""

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except aiomqtt.MqttError as error:
            msg = f"{self.url}: {error}"
            raise aiomqtt.MqttError(msg) from error

    async def tell(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1, one message after the other. Raises aiomqtt.MqttError, PublishRefused."""
        async with self._turn:
            self._answer = None
            await self.publish(topic, payload, qos=1, retain=retain, timeout=TIMEOUT_S)
            if self._answer is not None and self._answer.is_failure:
                raise PublishRefused(topic, self._answer)

    def _on_subscribe(
        self, client: Paho, userdata: object, mid: int, reason_codes: list[ReasonCode], properties: Properties | None = None
    ) -> None:
        if mid in self._pending_subscribes:  # else whoever asked was cancelled meanwhile, of which aiomqtt would complain
            super()._on_subscribe(client, userdata, mid, reason_codes, properties)

    def _on_publish(self, client: Paho, userdata: object, mid: int, reason_code: ReasonCode, properties: Properties) -> None:
        self._answer = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)


def mqtt_client(broker: Broker, suffix: str) -> Client:
    """A client with the site's credentials."""
    address = parse_url(broker.url)
    client = Client(
        address.host,
        address.port,
        identifier=f"{broker.client_id}-{suffix}",
        username=broker.username,
        password=None if broker.password is None else broker.password.reveal(),
        protocol=aiomqtt.ProtocolVersion.V5,
        tls_context=tls_context(broker) if address.tls else None,
        timeout=TIMEOUT_S,
    )
    client.url = broker.url
    return client
