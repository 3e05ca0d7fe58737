"""Events on MQTT: each under `BASE/events/TYPE`, and the state of each zone retained under `BASE/zones/ZONE`."""

import asyncio
from contextlib import suppress

import aiomqtt

from ..config.model import Site
from ..pipeline import Event, ZoneEvent, journal_line
from .contract import Context, handler
from .mqtt_client import Client, mqtt_client


@handler(events="*")
class MqttEvents:
    """Keeps one connection; a failure closes it, and the next attempt makes a new one."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connecting = asyncio.Lock()

    async def handle(self, event: Event, ctx: Context) -> None:
        """Publish at QoS 1; returns when the broker has taken it. Raises aiomqtt.MqttError."""
        base = ctx.site.topics.base.format(site=ctx.site.name)
        line = journal_line(event)
        try:
            client = await self._connected(ctx.site)
            await client.tell(f"{base}/events/{event.type}", line)
            if isinstance(event, ZoneEvent):
                await client.tell(f"{base}/zones/{event.zone}", line, retain=True)
        except BaseException:
            await self._drop()
            raise

    async def _connected(self, site: Site) -> Client:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the one before was given up, and its connection with it
            self._loop, self._client, self._connecting = loop, None, asyncio.Lock()
        async with self._connecting:
            if self._client is None:
                client = mqtt_client(site.broker, "events")
                await client.__aenter__()
                self._client = client
            return self._client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)
