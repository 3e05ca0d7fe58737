"""Many payloads at once: those in the form that hotzone documents are decoded together, as one list, for a third of the time.

Whatever a publisher sends, the others' payloads are read as if each were decoded by itself. The documented form has four keys, each with a
colon; so when a list of as many objects as there are payloads has four colons a payload, there are no others, and no text that could hold a brace.
And every comma that we put between two payloads is followed by a brace, so that it stands between two objects.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import DecodeError, json

from ..config.units import MILLISECOND
from .payload import MAX_BYTES, PayloadError, Reason, Sample, Standard, decode

NONE: Final = -1
"""Stands for a time or a number that is not said."""
_TOGETHER: Final = 64
_BETWEEN: Final = b",\t"
_NEXT: Final = b",\t{"
_KEYS: Final = 4

_NOTHING: Final = Sample(0.0)
_decode = json.Decoder(list[Standard]).decode


class Samples(NamedTuple):
    """What payloads say, a column each: °C, ns since the epoch, number; and those that are no readings, by place, with the reason."""

    celsius: list[float]
    measured_at: list[int]
    sequence: list[int]
    faults: dict[int, Reason]


def decode_many(payloads: Sequence[bytes]) -> Samples:
    """Read each payload as `payload.decode` would. One that is no reading is listed in `faults`; its columns hold 0 °C and `NONE`."""
    samples = Samples([], [], [], {})
    for begin in range(0, len(payloads), _TOGETHER):
        some = payloads[begin : begin + _TOGETHER]
        if not _together(some, samples):
            for place, payload in enumerate(some, begin):
                _one(place, payload, samples)
    return samples


def _together(payloads: Sequence[bytes], samples: Samples) -> bool:
    count = len(payloads)
    text = _BETWEEN.join(payloads)
    if len(text) > MAX_BYTES or text[:1] != b"{":
        return False
    if text.count(b"\t") != count - 1 or text.count(_NEXT) != count - 1 or text.count(b":") != _KEYS * count:
        return False
    try:
        said = _decode(b"[" + text + b"]")
    except (DecodeError, ValueError, RecursionError):
        return False
    if len(said) != count:
        return False
    samples.celsius.extend([one.value + 0.0 for one in said])
    samples.measured_at.extend([one.time * MILLISECOND for one in said])
    samples.sequence.extend([one.sequence for one in said])
    return True


def _one(place: int, payload: bytes, samples: Samples) -> None:
    try:
        said = decode(payload)
    except PayloadError as error:
        samples.faults[place] = error.reason
        said = _NOTHING
    samples.celsius.append(said.celsius)
    samples.measured_at.append(NONE if said.measured_at is None else said.measured_at)
    samples.sequence.append(NONE if said.sequence is None else said.sequence)
