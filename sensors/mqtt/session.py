"""One MQTT 5 connection, from CONNECT to its end: the fast path by which readings come in.

A session is CONNECTING until the broker accepts it, then OPEN, then CLOSED for good; `_receive` lists what each state allows
the broker to send, and anything else ends the session with the matching DISCONNECT. Reconnecting is the source's business.

What comes in is decoded and gathered in one pass for each read of the socket. Nothing is acknowledged before the batch is:
MQTT then sends it again on the next connection, marked as a duplicate, so it arrives at least once. QoS 2 is not taken.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import cast

from mqtt5 import (
    ConnAckPacket,
    ConnAckReasonCode,
    ConnectPacket,
    DisconnectPacket,
    DisconnectReasonCode,
    Packet,
    PingReqPacket,
    PingRespPacket,
    PubAckPacket,
    PubAckReasonCode,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubAckReasonCode,
    SubscribePacket,
    TopicFilter,
)

from ..source import Message
from .address import watch_connection
from .errors import ConnectionLost, ConnectRefused, MqttError, PacketTooLarge, ProtocolFault, SessionTakenOver, SubscribeRefused
from .inbox import Inbox, MqttBatch
from .outgoing import Draft, Outgoing, Tally
from .valve import Valve
from .wire import Decoder, encode_pubacks, forbidden

ANSWER_TIMEOUT_S = 5.0
"""Seconds that the broker may take to answer a SUBSCRIBE, and a closing connection to be gone."""

Listener = Callable[[bytes], None]


def _seen(future: asyncio.Future[PubAckReasonCode] | asyncio.Future[Counter[int]]) -> None:
    """Count a failure as noticed: whoever publishes and does not look at the answer wants no complaint from asyncio either."""
    if not future.cancelled():
        future.exception()


class State(StrEnum):
    """The life of a session; there is no way back."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSED = "closed"


class Session(asyncio.BufferedProtocol):
    """Make one with `open_session`. `listeners` take the payloads of exact topics out of the stream before it is batched.

    One task at a time may wait for `next_batch`. All methods belong to the event loop's thread.
    """

    def __init__(self, connect: ConnectPacket, *, bound: int, listeners: Mapping[str, Listener] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._connect = connect
        self._decoder = Decoder()
        self._inbox = Inbox(bound)
        self._valve = Valve(self._inbox)
        self._outgoing = Outgoing(1)
        self._listeners = dict(listeners or {})
        self._subscriptions: dict[int, asyncio.Future[list[SubAckReasonCode]]] = {}
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._keep_alive = float(connect.keep_alive)
        self._heard_by_tick = 0
        self._quiet_ticks = 0
        self._max_packet: int | None = None
        self.state = State.CONNECTING
        self.opened: asyncio.Future[ConnAckPacket] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when the socket is."""
        self.failure: MqttError | None = None
        """Why the session is closed."""
        self.session_present = False
        """Whether the broker remembered us: False means that messages may be missing, if it ever had a session of ours."""
        self.heard = 0
        """Reads of the socket so far: a sign of life."""
        self.received = 0
        """Messages handed to the inbox so far."""

    # What the user calls

    async def next_batch(self) -> MqttBatch:
        """Wait for messages; everything that has arrived comes as one batch. Raises what ended the session once nothing is left."""
        while not self._inbox.messages:
            if self.state is State.CLOSED:
                raise self._ended()
            self._arrived.clear()
            await self._arrived.wait()
        return self._inbox.take(self._acknowledge)

    async def subscribe(self, patterns: Sequence[str], qos: int = 1) -> None:
        """Subscribe with at most QoS 1. Raises SubscribeRefused for the first pattern that is not granted as asked, PacketTooLarge."""
        with self.expecting():
            await self._subscribe(patterns, qos)

    async def _subscribe(self, patterns: Sequence[str], qos: int) -> None:
        filters = [TopicFilter(pattern, max_qos=QoS(qos), retain_as_published=False) for pattern in patterns]
        identifier = self._outgoing.reserve()
        answer = self._subscriptions[identifier] = self._loop.create_future()
        packet = SubscribePacket(identifier, filters).write()
        if self._max_packet is not None and len(packet) > self._max_packet:
            del self._subscriptions[identifier]
            raise PacketTooLarge("a SUBSCRIBE", len(packet), self._max_packet)  # noqa: EM101  the end of a sentence
        self._write(packet)
        try:
            codes = await asyncio.wait_for(answer, ANSWER_TIMEOUT_S)
        except TimeoutError:
            failure = ConnectionLost("the broker did not answer a SUBSCRIBE")
            self._end(failure, DisconnectReasonCode.UNSPECIFIED_ERROR)
            raise failure from None
        finally:
            self._subscriptions.pop(identifier, None)
        if len(codes) != len(patterns):
            failure = ConnectionLost("a SUBACK does not match its SUBSCRIBE")
            self._end(failure, DisconnectReasonCode.PROTOCOL_ERROR)
            raise failure
        for pattern, code in zip(patterns, codes, strict=True):
            if code.value != qos:
                raise SubscribeRefused(pattern, code)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry: int | None = None
    ) -> asyncio.Future[PubAckReasonCode]:
        """Publish; the future has the broker's answer: 16 is nobody subscribed, 128 and above refused, which is no exception.

        With QoS 0 there is no answer and the future is done. `expiry` is wall time in ns. The future fails with ConnectionLost when the
        connection ends first, and waits as long as the broker does: put a timeout on it. Raises PublishQueueFull, PacketTooLarge and ConnectionLost.
        """
        draft = self._checked(Draft(topic, payload, qos, retain, expiry))
        answer: asyncio.Future[PubAckReasonCode] = self._loop.create_future()
        answer.add_done_callback(_seen)
        if qos:
            self._write(self._outgoing.add((draft,), answer))
        else:
            self._write(draft.encode())
            answer.set_result(PubAckReasonCode.SUCCESS)
        return answer

    async def publish_many(self, drafts: Iterable[Draft]) -> Counter[int]:
        """Publish without a future each; return how often the broker gave which reason code to those of QoS 1.

        Done when the last is answered and the socket takes more. Raises as `publish` does.
        """
        checked = [self._checked(draft) for draft in drafts]
        acknowledged = [draft for draft in checked if draft.qos]
        answers: asyncio.Future[Counter[int]] = self._loop.create_future()
        answers.add_done_callback(_seen)
        self._write(b"".join([draft.encode() for draft in checked if not draft.qos]))
        if acknowledged:
            self._write(self._outgoing.add(acknowledged, Tally(len(acknowledged), answers)))
        else:
            answers.set_result(Counter())
        await self._drained.wait()
        return await answers

    def expecting(self) -> AbstractContextManager[None]:
        """Read on meanwhile though the inbox is full; see `Valve`."""
        return self._valve.expecting()

    async def close(self, reason: DisconnectReasonCode = DisconnectReasonCode.NORMAL_DISCONNECTION) -> None:
        """Say goodbye and wait for the socket's end. The broker keeps the session, and the last will unsaid (but for reason 4)."""
        self._end(ConnectionLost("closed by us"), reason)
        await self.closed

    def abort(self, why: str) -> None:
        """Drop the connection at once, without a word: for one that is believed dead."""
        self._end(ConnectionLost(why))
        if self._transport is not None:
            self._transport.abort()

    def discard(self) -> None:
        """Forget what has arrived and was not taken; for when the broker is going to send it again."""
        self._inbox.discard()

    @property
    def paused(self) -> bool:
        """Whether the inbox is full and the socket is not read; the broker's answers wait too."""
        return self._valve.shut

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The encryption of an open connection; None without any."""
        found: ssl.SSLObject | None = None if self._transport is None else self._transport.get_extra_info("ssl_object")
        return found

    @property
    def unacknowledged(self) -> int:
        """Messages received whose batch is not acknowledged, QoS 0 included."""
        return self._inbox.unacknowledged

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send CONNECT."""
        self._transport = self._valve.transport = cast("asyncio.Transport", transport)
        watch_connection(transport.get_extra_info("socket"))
        self._transport.write(self._connect.write())

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  as the real one has it
        """Where the socket's next bytes go."""
        return self._decoder.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Take one read of the socket."""
        self.heard += 1
        packets, fault = self._decoder.advance(nbytes)
        try:
            self._take(packets)
            if fault is not None:
                raise fault
        except ProtocolFault as error:
            self._end(ConnectionLost(f"the broker broke the protocol ({error})"), error.reason)

    def eof_received(self) -> bool:
        """Let the transport close itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self._end(ConnectionLost(f"the connection broke: {exc}" if exc else "the broker closed the connection"))
        if self._timer is not None:
            self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._drained.clear()

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._drained.set()

    # Incoming packets

    def _take(self, packets: list[Packet]) -> None:
        inbox = self._inbox
        before = len(inbox.messages)
        try:
            self._gather(packets, inbox.messages, inbox.identifiers)
        finally:
            arrived = len(inbox.messages) - before
            inbox.unacknowledged += arrived
            self.received += arrived
            if arrived:
                self._arrived.set()
        self._valve.turn()

    def _gather(self, packets: list[Packet], messages: list[Message], identifiers: list[int]) -> None:
        listeners = self._listeners
        new = tuple.__new__  # without the checks of Message's own __new__: half its time
        for packet in packets:
            if type(packet) is not PublishPacket or self.state is not State.OPEN:
                self._receive(packet)
                continue
            topic = packet.topic
            identifier = packet.packet_id
            if not topic or (identifier is not None and (not identifier or packet.qos.value > 1)):
                raise forbidden(packet)
            if topic in listeners:
                listeners[topic](packet.payload)
                if identifier is not None:
                    self._write(encode_pubacks((identifier,)))
                continue
            messages.append(new(Message, (topic, packet.payload, packet.retain)))
            if identifier is not None:
                identifiers.append(identifier)

    def _receive(self, packet: Packet) -> None:
        """What may come in which state; PUBLISH when open is taken above."""
        match self.state, packet:
            case State.CONNECTING, ConnAckPacket():
                self._on_connack(packet)
            case State.OPEN, PubAckPacket():
                more = self._outgoing.answered(packet.packet_id, packet.reason_code)
                if more:
                    self._write(more)
            case State.OPEN, SubAckPacket():
                answer = self._subscriptions.get(packet.packet_id)
                if answer is not None and not answer.done():
                    answer.set_result(packet.reason_codes)
            case State.OPEN, PingRespPacket():
                pass  # having been heard is enough
            case State.OPEN, DisconnectPacket():
                taken_over = packet.reason_code is DisconnectReasonCode.SESSION_TAKEN_OVER
                self._end(SessionTakenOver() if taken_over else ConnectionLost("the broker disconnected us", packet.reason_code))
            case State.CLOSED, _:
                pass  # sent before the broker knew
            case _:
                reason = DisconnectReasonCode.PROTOCOL_ERROR
                raise ProtocolFault(reason, f"{type(packet).__name__} while {self.state}")

    def _on_connack(self, packet: ConnAckPacket) -> None:
        if packet.reason_code is not ConnAckReasonCode.SUCCESS:
            self._end(ConnectRefused(packet.reason_code, packet.reason_str))
            return
        self.state = State.OPEN
        self.session_present = packet.session_present
        self._outgoing = Outgoing(packet.receive_max)
        self._max_packet = packet.max_packet_size
        self._keep_alive = float(packet.server_keep_alive or self._keep_alive)
        self._timer = self._loop.call_later(self._keep_alive / 2, self._tick)
        if not self.opened.done():
            self.opened.set_result(packet)

    # Acknowledging, the timer, writing, the end

    def _acknowledge(self, identifiers: Sequence[int], count: int) -> None:
        self._inbox.unacknowledged -= count
        if self.state is not State.OPEN or self._transport is None:
            return
        if identifiers:
            self._transport.write(encode_pubacks(identifiers))
        self._valve.turn()

    def _tick(self) -> None:
        """Each half keep-alive: ask for a sign of life. Twice none, though we read, and the connection is dead."""
        if self.heard != self._heard_by_tick or self.paused:
            self._quiet_ticks = 0
        else:
            self._quiet_ticks += 1
        self._heard_by_tick = self.heard
        if self._quiet_ticks > 1:
            self.abort("the broker does not answer PINGREQ")
            return
        # Always, and not only when nothing else was sent: acknowledgements keep the broker content but ask for no answer.
        self._write(PingReqPacket().write())
        self._timer = self._loop.call_later(self._keep_alive / 2, self._tick)

    def _checked(self, draft: Draft) -> Draft:
        if not draft.topic or "+" in draft.topic or "#" in draft.topic or "\0" in draft.topic or draft.qos not in (0, 1):
            msg = f"cannot publish to {draft.topic!r} with QoS {draft.qos}"
            raise ValueError(msg)
        if self._max_packet is not None and len(draft.payload) + len(draft.topic.encode()) + 32 > self._max_packet:
            raise PacketTooLarge("a payload", len(draft.payload), self._max_packet)  # noqa: EM101  the end of a sentence
        return draft

    def _write(self, data: bytes) -> None:
        if self.state is not State.OPEN or self._transport is None:
            raise self._ended()
        if data:
            self._transport.write(data)

    def _ended(self) -> MqttError:
        return self.failure or ConnectionLost(f"the session is {self.state}")

    def _end(self, failure: MqttError, reason: DisconnectReasonCode | None = None) -> None:
        """The one way to CLOSED; `reason` goes to the broker. Only the first call counts."""
        if self.state is State.CLOSED:
            return
        was_open = self.state is State.OPEN
        self.state = State.CLOSED
        self.failure = failure
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            if was_open and reason is not None:
                self._transport.write(DisconnectPacket(reason_code=reason).write())
            self._transport.close()
            self._timer = self._loop.call_later(ANSWER_TIMEOUT_S, self._transport.abort)  # should the socket not take what is left
        elif not self.closed.done():
            self.closed.set_result(None)
        self._arrived.set()
        self._drained.set()
        self._outgoing.fail(failure)
        for answer in self._subscriptions.values():
            if not answer.done():
                answer.set_exception(failure)
        if not self.opened.done():
            self.opened.set_exception(failure)
            self.opened.exception()  # nobody has to ask for it
