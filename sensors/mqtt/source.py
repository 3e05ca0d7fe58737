"""The broker as a source: a session that is rebuilt for ever, watched by a probe, with its edges reported."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from secrets import token_hex

from mqtt5 import PubAckReasonCode, Will

from ...config.service import Broker
from ...config.units import SECOND
from ..frame import LinkKind
from .backoff import Backoff
from .connect import open_session
from .errors import ConnectionLost, ConnectRefused, MqttError, SessionTakenOver, SubscribeRefused
from .inbox import MqttBatch
from .probe import Probe, Verdict
from .session import ANSWER_TIMEOUT_S, Session, State

DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto counts what it threw away, since its start and for all clients."""

PROBE_EXPIRY = 3 * SECOND
"""Wall time after which a probe is worth nothing."""


class MqttSource:
    """Implements `Source` over MQTT 5. `start` it, iterate `batches()`, acknowledge each batch after the commit.

    `patterns` are subscribed to at each connect with the broker's QoS. `base` is hotzone's own topic: the probe runs under it.
    `on_link` is called from the loop, on edges only. `instance` names this process among others; it is drawn unless given.
    `at_once` are patterns that are subscribed to with QoS 0: what is retained there comes though a backlog fills the receive maximum. Only
    SessionTakenOver ends the iteration by raising; whatever else happens to the connection, the source tries again.
    """

    def __init__(
        self,
        broker: Broker,
        patterns: Sequence[str],
        *,
        base: str,
        on_link: Callable[[LinkKind, str], None],
        random: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        will: Will | None = None,
        probe_interval: int = SECOND,
        instance: str | None = None,
        at_once: Sequence[str] = (),
    ) -> None:
        self._broker = broker
        self._patterns = tuple(patterns)
        self._at_once = tuple(at_once)
        self._probe_topic = f"{base}/probe/{broker.client_id}"
        self._on_link = on_link
        self._instance = instance or token_hex(8)  # not from `random`: two processes may have the same seed
        self._sleep = sleep
        self._will = will
        self._probe_interval_s = probe_interval / SECOND
        self._backoff = Backoff(random)
        self._task: asyncio.Task[None] | None = None
        self._session: Session | None = None
        self._draining: Session | None = None
        # At most one session whose messages nobody took yet besides the present one: a consumer that stalls while the broker
        # keeps forgetting us must not make us hoard.
        self._fresh: deque[Session] = deque(maxlen=2)
        self._changed = asyncio.Event()
        self._closing = False
        self.lost = False
        """Whether the loss of the connection was told and its return was not. Set it before `start` where an earlier process told of a loss."""
        self.expected = False
        """Whether the broker should know our session. Set it before `start` where an earlier process had one."""
        self.dropped: int | None = None
        """The broker's count of what it threw away, as last heard. Set it before `start` to what an earlier process heard."""
        self._opened = 0
        self._predecessors: set[bytes] | None = None
        self.connects = 0
        """Times that the broker took us and our subscriptions."""
        self.last_error: MqttError | None = None
        """Why there is no connection, or was none last time."""

    # The Source

    async def batches(self) -> AsyncIterator[MqttBatch]:
        """Yield batches across reconnects; ends after `close`. Raises SessionTakenOver."""
        self.start()
        while (session := await self._next_session()) is not None:
            while (batch := await _batch_or_none(session)) is not None:
                yield batch

    async def close(self) -> None:
        """Disconnect and stop; unacknowledged messages will come again. The last will stays unsaid: publish your farewell before."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._session is not None:
            await self._session.close()
        self._changed.set()

    # Beside it

    def start(self) -> None:
        """Begin connecting, in a task of its own. A second call does nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._supervise(), name="mqtt-source")
            self._task.add_done_callback(lambda _: self._changed.set())

    async def connected(self) -> bool:
        """Wait until connected and subscribed; return whether the broker had kept our session. Bound the wait yourself."""
        self.start()
        while self._session is None or self._session.state is not State.OPEN:
            if not self._running():
                msg = "the source is closed"
                raise ConnectionLost(msg)
            await self._wait()
        return self._session.session_present

    @property
    def session(self) -> Session:
        """The present connection, to publish on. Raises ConnectionLost while there is none."""
        if self._session is None or self._session.state is not State.OPEN:
            msg = "not connected"
            raise ConnectionLost(msg)
        return self._session

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry: int | None = None
    ) -> asyncio.Future[PubAckReasonCode]:
        """Publish on the present connection; see `Session.publish`. Its answers wait while the source is paused by its own bound."""
        return self.session.publish(topic, payload, qos=qos, retain=retain, expiry=expiry)

    # Keeping a session up

    async def _supervise(self) -> None:
        while True:
            try:
                session, probe = await self._connect()
            except SessionTakenOver:
                raise
            except MqttError as error:
                self._report_lost(error)
                refused = isinstance(error, ConnectRefused | SubscribeRefused)
                await self._sleep(self._backoff.next(refused=refused))
                continue
            self._adopt(session)
            failure = await self._watch(session, probe)
            if isinstance(failure, SessionTakenOver):
                raise failure
            self._report_lost(failure)
            await self._sleep(self._backoff.next())

    async def _connect(self) -> tuple[Session, Probe]:
        try:
            return await self._open(ask_for_drops=True)
        except _HungUpOnSys:
            return await self._open(ask_for_drops=False)

    async def _open(self, *, ask_for_drops: bool) -> tuple[Session, Probe]:
        self._opened += 1
        probe = Probe(self._instance, self._opened, self._report_denied)
        listeners = {self._probe_topic: probe.returned, DROPPED: self._on_dropped}
        session = await open_session(self._broker, will=self._will, listeners=listeners)
        try:
            with session.expecting():  # a broker that remembers us begins with all that it has
                await self._claim(session, probe)
                if ask_for_drops:
                    await _subscribe_to_drops(session)
                if self._at_once:
                    await session.subscribe(self._at_once, qos=0)
                await session.subscribe(self._patterns, qos=self._broker.qos)
        except BaseException:
            await session.close()
            raise
        return session, probe

    async def _claim(self, session: Session, probe: Probe) -> None:
        """Find out who has the client id, and write our name there, retained.

        Mosquitto 2.0.11 closes the older of two connections without a reason. When the older comes back, it finds the name of a
        process that was not there before, and gives way for good; without that the two would fight for ever.
        """
        await session.subscribe([self._probe_topic], qos=0)
        first = self._send_nonce(session, probe)
        await asyncio.wait([first], timeout=ANSWER_TIMEOUT_S)  # what is retained comes before the answer to a later publish
        if not first.done():
            msg = "the broker did not answer the first probe"
            raise ConnectionLost(msg)
        if self._predecessors is None:
            self._predecessors = probe.others
        elif probe.others - self._predecessors:
            raise SessionTakenOver
        self._send_nonce(session, probe, retain=True)

    def _send_nonce(self, session: Session, probe: Probe, *, retain: bool = False) -> asyncio.Future[PubAckReasonCode]:
        answer = session.publish(self._probe_topic, probe.nonce(), retain=retain, expiry=None if retain else PROBE_EXPIRY)
        answer.add_done_callback(lambda done: _pass_on(done, probe))
        return answer

    def _adopt(self, session: Session) -> None:
        """Make a new session the present one, and tell what that means."""
        if session.session_present and self._broker.qos:
            for old in filter(None, (self._draining, *self._fresh)):
                old.discard()  # the broker sends all of it again
        self.connects += 1
        self._session = session
        self._fresh.append(session)
        self._changed.set()
        if self.lost:
            self.lost = False
            self._on_link(LinkKind.RESTORED, "connected again")
        if self.expected and not session.session_present:
            self._on_link(LinkKind.SESSION_LOST, "the broker has forgotten our session")
        self.expected = True

    async def _watch(self, session: Session, probe: Probe) -> MqttError:
        """Probe until the session is over; return what ended it."""
        while not session.closed.done():
            if session.state is State.OPEN:
                self._send_nonce(session, probe)
            await asyncio.wait([session.closed], timeout=self._probe_interval_s)
            verdict = probe.tick(session.heard, paused=session.paused)
            if verdict is not Verdict.ALIVE:
                session.abort(f"probe lost: {verdict}")
            elif probe.proven:
                self._backoff.reset()
        return session.failure or ConnectionLost("closed")

    # Telling

    def _report_lost(self, error: MqttError) -> None:
        self.last_error = error
        if not self.lost:
            self.lost = True
            self._on_link(LinkKind.LOST, str(error))

    def _report_denied(self, why: str) -> None:
        self._on_link(LinkKind.DENIED, f"our probe on {self._probe_topic} {why}")

    def _on_dropped(self, payload: bytes) -> None:
        """Compare the broker's count with the last one; a smaller one is a new broker's."""
        try:
            total = int(payload)
        except ValueError:
            return
        if self.dropped is not None and total > self.dropped:
            self._on_link(LinkKind.DROPPING, f"the broker threw {total - self.dropped} messages away")
        self.dropped = total

    # Handing over

    async def _next_session(self) -> Session | None:
        """Wait for a session whose messages to take; None when there will be none."""
        self._draining = None
        while not self._fresh:
            if not self._running():
                return None
            await self._wait()
        self._draining = self._fresh.popleft()
        return self._draining

    def _running(self) -> bool:
        """Whether there can be another session. Raises what stopped the supervisor, unless it was `close`."""
        if self._closing:
            return False
        if self._task is not None and self._task.done():
            self._task.result()
        return True

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class _HungUpOnSys(ConnectionLost):
    """rumqttd closes the connection of whoever subscribes to `$SYS`."""


async def _subscribe_to_drops(session: Session) -> None:
    try:
        with suppress(SubscribeRefused):  # a broker without $SYS, or one that hides it
            await session.subscribe([DROPPED], qos=0)
    except SessionTakenOver:
        raise
    except ConnectionLost as error:
        raise _HungUpOnSys(str(error)) from error


async def _batch_or_none(session: Session) -> MqttBatch | None:
    try:
        return await session.next_batch()
    except MqttError:
        return None


def _pass_on(done: asyncio.Future[PubAckReasonCode], probe: Probe) -> None:
    if not done.cancelled() and done.exception() is None:
        probe.answered(done.result())
