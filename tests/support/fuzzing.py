"""What is fuzzed: for each decoder inputs by number, the call that is timed, and a judge of what came of it."""

from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from corpus import cells, oracle
from corpus.lines import HERE, T0, written
from corpus.mutate import changed, payload
from corpus.protocol import Exchange
from msgspec import json, msgpack

from hotzone.config import loads
from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.inputs import Rejected
from hotzone.pipeline.snapshots import expanded, state_of
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.mqtt import ProtocolFault
from hotzone.sensors.mqtt.wire import Decoder
from hotzone.sensors.pack_columns import columns
from hotzone.sensors.packs import Packed, unpack
from hotzone.sensors.payload import PayloadError, Sample, decode
from hotzone.sensors.recording.chunk import decode as decode_chunk
from hotzone.sensors.recording.chunk import encode as encode_chunk
from hotzone.sensors.recording.errors import ChunkDamaged
from hotzone.sensors.samples import NONE
from hotzone.sensors.tables import read_number
from hotzone.sensors.tables.numbers import tidy

SITE = """
name = "fuzz"
[http]
port = 0
[halls.h1]
cooling = { count = 2, control = "advise" }
[halls.h1.zones]
A1 = { layout.count = 2 }
B1 = { layout.count = 2 }
"""
LONGEST = 300
"""Characters of a message for people."""


class Target(NamedTuple):
    """One decoder. `share` of all inputs is for it; `take` is timed; `judge` raises AssertionError, and names the verdict."""

    name: str
    share: float
    make: Callable[[Random], Any]
    take: Callable[[Any], Any]
    judge: Callable[[Any, Any], str]
    end: Callable[[], None] = lambda: None
    """Judges all of it together."""


def targets() -> list[Target]:
    """All of them, in a state of their own."""
    return [
        Target("payloads", 0.50, payload, _decoded, _judge_payload),
        Target("packs", 0.10, _pack, _records, _judge_pack),
        Log().target(),
        Target("MQTT packets", 0.10, _packets, _unpacked, _judge_packets),
        Target("chunks", 0.10, _chunk, _unchunked, _judge_chunk),
        Target("cells", 0.05, _cell, _read, _judge_cell),
    ]


# Payloads, by the second reading


def _decoded(sent: bytes) -> Sample | PayloadError:
    try:
        return decode(sent)
    except PayloadError as error:
        return error


def _judge_payload(sent: bytes, found: Sample | PayloadError) -> str:
    expected = oracle.read(sent)
    if isinstance(found, Sample):
        assert (found.celsius, found.measured_at, found.sequence) == expected
        return "read"
    assert found.reason == expected
    assert len(str(found)) < LONGEST
    assert str(found).isprintable()
    return str(found.reason)


# Packs, both ways


_PACKS = [
    b'[{"id":"A1/r/top","value":23.46,"unit":"C","time":%d,"sequence":42},{"id":"A1/r/low","value":21.5,"unit":"C","time":%d,"sequence":7}]'
    % (T0 // 10**6, T0 // 10**6),
    b'[{"bn":"A1/r/","bt":%d.125,"bu":"Cel","n":"top","v":23.46},{"n":"low","v":21.5},{"n":"mid","v":294.5,"u":"K"}]' % (T0 // 10**9),
]


def _pack(rng: Random) -> bytes:
    base = rng.choice(_PACKS)
    return base if rng.random() < 0.1 else changed(rng, base, _PACKS)


def _records(sent: bytes) -> tuple[Any, list[Packed] | PayloadError]:
    quick = columns(sent)
    try:
        return quick, list(unpack(sent, T0))
    except PayloadError as error:
        return quick, error


def _judge_pack(sent: bytes, found: tuple[Any, list[Packed] | PayloadError]) -> str:
    del sent
    quick, careful = found
    if isinstance(careful, PayloadError):
        assert quick is None
        return str(careful.reason)
    if quick is None:
        return "record by record"
    base, names, *numbers = quick
    rows = list(zip([base + name for name in names], *[column.tolist() for column in numbers], strict=True))
    assert rows == [(one.sensor, *_told(one.sample)) for one in careful]
    return "side by side"


def _told(sample: Sample | None) -> tuple[float, int, int]:
    assert sample is not None
    return sample.celsius, sample.measured_at or NONE, NONE if sample.sequence is None else sample.sequence


# Frames of every topic, through decoder and folds


_UNTIL = b"1234567890"
"""Stands for a time that has not come yet."""
_OTHERS: dict[str, list[bytes]] = {
    "dc/h1/units/crac-1/report": [b'{"fan":55.0,"command":60.0,"number":7,"supply":18.2,"return":27.9,"mode":"remote"}'],
    "dc/h1/units/crac-1/state": [b"online", b"offline"],
    "dc/h1/gateways/A1-r01/state": [b"online", b"offline"],
    "hotzone/fuzz/clock": [b'{"hall":%d,"wall":%d,"rate":1.0}' % (T0, T0)],
    "dc/h1/A1/nobody": [b"21"],
    Own.START: [b'{"previous":null,"site":"","version":"1","rate":1.0,"session":false}', b'{"previous":1,"session":true}'],
    Own.END: [b"{}"],
    Own.TICK: [b"{}"],
    Own.LINK: [b'{"kind":"lost","detail":"x"}', b'{"kind":"unheard","detail":"x","unit":"crac-1"}', b'{"kind":"restored"}'],
    Own.REQUEST: [b'{"zone":"A1","at_least":70.0,"until":%b,"handler":"h"}' % _UNTIL],
    Own.OPERATOR: [
        b'{"action":"acknowledge","alarm":"high:A1","by":"me","reason":"x"}',
        b'{"action":"shelve","alarm":"high:A1","by":"me","reason":"x","until":%b}' % _UNTIL,
        b'{"action":"unshelve","alarm":"high:A1","by":"me"}',
        b'{"action":"service","zone":"A1","rule":"high","by":"me","reason":"x"}',
        b'{"action":"return","zone":"A1","rule":"high","by":"me"}',
        b'{"action":"override","unit":"crac-1","value":80,"by":"me","reason":"x","until":%b}' % _UNTIL,
        b'{"action":"release","unit":"crac-1","by":"me"}',
        b'{"action":"maintenance","hall":"h1","by":"me","reason":"x","until":%b}' % _UNTIL,
        b'{"action":"resume","hall":"h1","by":"me"}',
    ],
    Own.NOTE: [b'{"kind":"fault","text":"x","at":%d,"target":"crac-1","value":1.5}' % T0],
}
"""What is good on each topic that is no thermometer's."""


class Log:
    """Two pipelines on one log: one is spared what the other rejects, and gets the bare moment in its place. They must stay the same."""

    def __init__(self) -> None:
        site = loads(SITE)
        self._fuzzed, self._spared = Pipeline(site), Pipeline(site)
        self._sensors = [sensor.topic for sensor in site.sensors]
        self.topics = [*_OTHERS, *self._sensors]
        self.at = T0

    def make(self, rng: Random) -> Frame:
        """A frame: half of them of thermometers, good ones among them."""
        wait = rng.choice((1, 1_000_000, 100_000_000, 1_000_000_000, 20_000_000_000))
        if rng.random() < 0.5:
            told = b'{"value":%d,"unit":"C","time":%d,"sequence":%d}' % (rng.randrange(15, 45), self.at // 10**6, rng.randrange(1000))
            return self.frame(wait, rng.choice(self._sensors), told if rng.random() < 0.5 else payload(rng))
        topic = rng.choice(list(_OTHERS))
        base = rng.choice(_OTHERS[topic])
        return self.frame(wait, topic, base if rng.random() < 0.3 else changed(rng, base, _OTHERS[topic]))

    def frame(self, wait: int, topic: str, said: bytes) -> Frame:
        """The next one, so many ns later."""
        self.at += wait
        return Frame(self.at, topic, said.replace(_UNTIL, b"%d" % (self.at + 10**11)))

    def take(self, frame: Frame) -> tuple[list[Event], list[Rejected]]:
        """Through the one."""
        return self._fuzzed.push([frame]), self._fuzzed.take_rejected()

    def judge(self, frame: Frame, found: tuple[list[Event], list[Rejected]]) -> str:
        """And through the other."""
        events, rejected = found
        assert [(one.at, one.topic, one.payload) for one in rejected] in ([], [tuple(frame)])
        assert self._spared.push([Frame(frame.at, Own.TICK, b"{}") if rejected else frame]) == events
        self._spared.take_rejected()
        return str(rejected[0].reason) if rejected else "taken"

    def end(self) -> None:
        """Their states are one, and can be written down."""
        state = self._fuzzed.snapshot()
        assert self._spared.snapshot() == state
        assert msgpack.decode(msgpack.encode(state_of(state))) == msgpack.decode(expanded(state))

    def target(self) -> Target:
        """As one of all."""
        return Target("frames", 0.15, self.make, self.take, self.judge, self.end)


# What a broker sends

_EXCHANGES = [json.decode(text, type=Exchange) for text in (HERE / "mqtt.jsonl").read_bytes().splitlines()]
_SENT = [sent for one in _EXCHANGES if len(sent := b64decode(one.head_b64) + written(one.filler)) < 2000]


def _packets(rng: Random) -> bytes:
    return changed(rng, rng.choice(_SENT), _SENT)[:4000]


def _unpacked(sent: bytes) -> tuple[int, ProtocolFault | None]:
    decoder = Decoder(2048)
    decoder.room()[: len(sent)] = sent
    packets, fault = decoder.advance(len(sent))
    return len(packets), fault


def _judge_packets(sent: bytes, found: tuple[int, ProtocolFault | None]) -> str:
    packets, fault = found
    assert packets <= len(sent) / 2
    assert fault is None or isinstance(fault, ProtocolFault)
    assert len(str(fault)) < LONGEST
    assert str(fault).isprintable()
    return "fault" if fault is not None else "whole" if packets else "waiting"


# What somebody put into a recording

_FEW = [Frame(T0 + number, f"t/{number % 3}", b'{"value":%d.5,"sequence":%d}' % (20 + number % 5, number)) for number in range(200)]
_CHUNKS = [(*encode_chunk(_FEW[:3], columns=False), 3), (*encode_chunk(_FEW), 200), (*encode_chunk(_FEW[:40]), 40)]
_CHUNKS.append((0, msgpack.encode([[1, 2, 3], ["t", "u", "t"], [b"1", b"2", b"3"]]), 3))
_BLOBS = [blob for _, blob, _ in _CHUNKS]


def _chunk(rng: Random) -> tuple[int, bytes, int]:
    codec, blob, count = rng.choice(_CHUNKS)
    codec_said = int(codec) if rng.random() < 0.95 else rng.randrange(4)
    return codec_said, changed(rng, blob, _BLOBS), count if rng.random() < 0.9 else rng.choice((0, -1, 1, count - 1, count + 1, 2**63))


def _unchunked(sent: tuple[int, bytes, int]) -> list[Frame] | ChunkDamaged:
    try:
        return decode_chunk(*sent)
    except ChunkDamaged as error:
        return error


def _judge_chunk(sent: tuple[int, bytes, int], found: list[Frame] | ChunkDamaged) -> str:
    if isinstance(found, ChunkDamaged):
        return "damaged"
    assert len(found) == sent[2]
    assert all(earlier.at < later.at for earlier, later in pairwise(found))
    return "read"


# Cells of tables


def _cell(rng: Random) -> str:
    return changed(rng, rng.choice(_CELLS), _CELLS).decode(errors="replace")


_CELLS = [text for cell in cells.lines() if len(text := written(cell.text)) < 100]


def _read(sent: str) -> tuple[str, bool]:
    cell = tidy(sent)
    return cell, read_number(cell) is not None


def _judge_cell(sent: str, found: tuple[str, bool]) -> str:
    cell, number = found
    expect, reason, _ = cells.verdict(sent)
    assert (expect == "empty") == (not cell)
    assert not cell or number == (reason != "not-a-number"), (cell, expect, reason)
    return expect


def shown(counts: Counter[str]) -> str:
    """Verdicts, most first."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common())


# For a fuzzer that is led by coverage, and knows only bytes


def _taken_chunk(sent: bytes) -> None:
    codec, count = (sent[0] % 4, sent[1]) if len(sent) > 1 else (0, 1)
    _judge_chunk((codec, sent[2:], count), _unchunked((codec, sent[2:], count)))


def _taken_cell(sent: bytes) -> None:
    text = sent.decode(errors="replace")
    _judge_cell(text, _read(text))


def _frames() -> Callable[[bytes], object]:
    """The first byte says which topic; each frame is a second after the last."""
    log = Log()

    def taken(sent: bytes) -> None:
        frame = log.frame(10**9, log.topics[sent[0] % len(log.topics)] if sent else "", sent[1:])
        log.judge(frame, log.take(frame))

    return taken


TAKEN: dict[str, Callable[[bytes], object]] = {
    "payloads": lambda sent: _judge_payload(sent, _decoded(sent)),
    "chunks": _taken_chunk,
    "cells": _taken_cell,
    "frames": _frames(),
}
BASES: dict[str, list[bytes]] = {
    "payloads": [],
    "chunks": [bytes((int(codec), count)) + blob for codec, blob, count in _CHUNKS],
    "cells": _CELLS,
    "frames": [bytes((number,)) + base for number, known in enumerate(_OTHERS.values()) for base in known],
}
