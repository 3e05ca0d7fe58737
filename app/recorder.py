"""Recording a broker's topics and nothing else: no detection, no control, nothing published but the probe of the connection.

It is a run with the parts that understand left out: the same source, which acknowledges after the commit, the same sequencer and the same
log. So what it records replays under a site file as if that site had been watched.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import structlog
from msgspec import structs

from ..config.model import Site
from ..config.service import Broker
from ..pipeline import Event, Pipeline, Rejected
from ..sensors.clock import read_clock
from ..sensors.frame import Frame, LinkKind
from ..sensors.mqtt import MqttError, MqttSource
from ..sensors.source import Message
from . import own
from .errors import RunFailed, UserError
from .intake import Aside, Intake
from .ledger import Ledger
from .own import Unstamped
from .restore import Restored
from .retained import Retained
from .runtime import Runtime
from .sequencer import HallClock
from .settings import CLOCK_S
from .stopping import stop_on_signals
from .subscriptions import base, subscriptions, without_covered
from .version import version

CONNECTING_S: Final = 3.0
"""Wall seconds to wait for the broker before it is said that it does not answer."""
_GOODBYE_S: Final = 0.5
_OWN_BASE: Final = "hotzone/record"
_LONGEST_FILTER: Final = 65_535

_log = structlog.get_logger("hotzone.record")


class Notebook(Ledger):
    """A ledger that keeps frames and no state: there is none."""

    CONSEQUENCE = "nothing is acknowledged, so the broker keeps what comes for as long as it keeps the session"

    def _open(self) -> Restored:
        writer = self._open_writer()
        if writer.damage is not None:
            _log.error("something of an earlier recording could not be read", what=str(writer.damage))
        return Restored(Pipeline(self.site), [], "", writer.last_at)

    async def keep(self, at: int, blob: bytes) -> None:
        """There is no state to keep."""


class NoFold:
    """Stands where the pipeline would: frames pass, nothing comes of them."""

    def __init__(self) -> None:
        self.at = 0
        self.next_due: int | None = None
        self.messages = 0
        """Frames that are not hotzone's own."""

    async def push_async(self, frames: Sequence[Frame]) -> list[Event]:
        """Note how far the log goes."""
        self.at = frames[-1].at if frames else self.at
        self.messages += sum(not frame.topic.startswith("$hotzone/") for frame in frames)
        return []

    async def advance_to_async(self, at: int) -> list[Event]:
        """There are no timers."""
        self.at = max(self.at, at)
        return []

    def snapshot(self) -> bytes:
        """There is no state."""
        return b""

    def take_rejected(self) -> list[Rejected]:
        """Nothing is judged."""
        return []


class Recorder:
    """One recording. Make it on the event loop, and `run` it once. Without a site, `site` has no halls."""

    def __init__(self, site: Site, patterns: Sequence[str], folder: Path) -> None:
        self.site = site
        self.patterns = tuple(patterns)
        self.folder = folder
        self.connected = False
        self.losses = 0
        """Times that the connection was lost."""
        self.started = 0
        self.trouble = ""
        """Why there is no connection, or why nothing can be written."""
        self.ledger = Notebook(folder, site, version(), started=time.time_ns())
        self.ledger.observe = self._committed
        self._clock = HallClock(time.time_ns, time.monotonic_ns)
        self._clock_seen = asyncio.Event()
        self._intake = Intake(self._asides(), retained=Retained(site), plenty=site.broker.receive_maximum // 2)
        self._source = MqttSource(
            site.broker,
            self.patterns,
            base=base(site) if site.source else _OWN_BASE,
            on_link=self._on_link,
            random=Random(),  # noqa: S311  spreads reconnects
        )
        self._fold = NoFold()
        self._runtime = Runtime(
            self._fold, self.ledger, self._intake, self._clock, commit_every=site.recording.commit_every, snapshot_every=sys.maxsize
        )
        self.ledger.on_recovered = self._runtime.recovered
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End cleanly, soon."""
        if self.started:
            self._runtime.stop()
        elif self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Record until stopped. Raises RecordingError, MqttError, RunFailed."""
        self._task = asyncio.create_task(self._run(), name="recorder")
        with stop_on_signals(self.stop, self._task.cancel):
            await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()
        elif self.ledger.unwritable_since is not None:
            msg = f"{self.folder} could not be written to the end; what was not written was not acknowledged, so the broker still has it"
            raise RunFailed(msg)

    async def _run(self) -> None:
        restored = await self.ledger.open()
        try:
            self._runtime.listen(self._source)
            session = await self._connect()
            if self.site.source:
                with suppress(TimeoutError):
                    async with asyncio.timeout(CLOCK_S):
                        await self._clock_seen.wait()
            self.started = self._clock.now()
            _log.info("recording begins", broker=self.site.broker.url, topics=list(self.patterns), recording=str(self.folder))
            start = own.start(self.site, version(), previous=restored.last_at, rate=self._clock.rate, session=session)
            await self._runtime.run(start, restored.last_at or 0)
        finally:
            with suppress(MqttError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._source.close()
            await self.ledger.close()

    async def _connect(self) -> bool:
        """Wait a little for the broker; whether it had kept our session. It is tried for ever, so nobody has to be first."""
        try:
            async with asyncio.timeout(CONNECTING_S):
                session = await self._source.connected()
        except TimeoutError:
            error = self._source.last_error
            self.trouble = "no answer" if error is None else str(error)
            _log.warning("the broker does not take us, trying on", broker=self.site.broker.url, why=self.trouble)
            return False
        self.connected = True
        return session

    @property
    def messages(self) -> int:
        """Committed so far."""
        return self._fold.messages

    @property
    def never_connected(self) -> bool:
        """Whether the broker took us not even once."""
        return self._source.connects == 0

    def _committed(self, _frames: int, _duration: int) -> None:
        self.connected = self._connection()
        if self.connected:
            self.trouble = ""

    def _connection(self) -> bool:
        with suppress(MqttError):
            return self._source.session is not None
        return False

    # What is no input as it stands, of a hall that is simulated

    def _asides(self) -> dict[str, Aside]:
        if not self.site.source:
            return dict(own.FOREIGN)
        return {**own.FOREIGN, f"{base(self.site)}/note": own.note, f"{base(self.site)}/clock": self._hear_clock}

    def _hear_clock(self, message: Message) -> Unstamped | None:
        told = read_clock(message.payload)
        if told is None and message.payload:
            return Unstamped(message.topic, message.payload)
        if told is not None and self._clock.adopt(told):
            self._clock_seen.set()
            if self.started:
                _log.warning("the hall's clock changed", rate=told.rate)
                start = own.start(self.site, version(), previous=self._runtime.last_at, rate=told.rate, session=True)
                self._runtime.begin_again(start)
        return None

    def _on_link(self, kind: LinkKind, detail: str) -> None:
        _log.log(20 if kind is LinkKind.RESTORED else 30, "link", kind=str(kind), detail=detail)
        if kind is LinkKind.LOST:
            self.connected = False
            self.losses += 1
            self.trouble = detail
        elif kind is LinkKind.RESTORED:
            self.connected = True
        self._intake.own(own.link(kind, detail))


def site_to_record(site: Site | None, url: str | None, client_id: str | None) -> Site:
    """The site to record, with a client id of its own: a run of the same site goes on beside it. Without a site, one of no halls."""
    known = site or Site(name="", halls=(), broker=Broker(url=url or Broker().url))
    return structs.replace(known, broker=structs.replace(known.broker, client_id=client_id or f"{known.broker.client_id}-record"))


def patterns_of(site: Site, topics: Sequence[str]) -> list[str]:
    """What to subscribe to: what was asked for, else what the site uses. Raises UserError."""
    for pattern in topics:
        levels = pattern.split("/")
        whole = all(level in {"+", "#"} or not set("+#") & set(level) for level in levels)
        if not pattern or "\0" in pattern or len(pattern.encode()) > _LONGEST_FILTER or not whole or "#" in levels[:-1]:
            msg = f"--topic {pattern!r}: expected a topic, where + stands for one level and # at the end for the rest, such as dc/#"
            raise UserError(msg)
        if levels[0].startswith("$hotzone"):
            msg = f"--topic {pattern}: what is under $hotzone is written by hotzone itself, into the log, and is nobody's to publish"
            raise UserError(msg)
    if not topics and not site.source:
        msg = "say what to record: --topic, such as --topic 'dc/#', or --site with the site file that names the topics"
        raise UserError(msg)
    return without_covered(topics) or subscriptions(site)
