"""Payloads: from the bytes that a thermometer published to degrees Celsius, or a reason why not.

Two forms, told apart by content: a bare number (`23.46`, degrees Celsius) and a JSON object (`{"value": 23.46, "unit": "C", "time":
1700000000123, "sequence": 42}`, where only the value is needed, and keys that nobody knows are passed over). Nothing is
guessed: what can be read in two ways is rejected. Whether the temperature can be true is not asked here, but in the validate stage.
"""

import json as slow_json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from math import inf, isfinite
from typing import Annotated, Final, Literal, cast

from msgspec import Meta, Struct, json

from ..config.units import MICROSECOND, MILLISECOND, SECOND

MAX_BYTES: Final = 64 * 1024
"""A longer payload is no reading."""
MAX_DEPTH: Final = 100
"""What is nested deeper is no reading: how much Python can read depends on who asks, and a replay must say what the live run said."""


class Reason(StrEnum):
    """Why a payload is no reading; the label of the metric that counts them, and the reason of a dead letter."""

    EMPTY = "empty"
    """No bytes, or only white space. MQTT deletes a retained message this way."""
    TOO_LARGE = "too-large"
    """More than 64 KiB."""
    NOT_UTF8 = "not-utf8"
    """Not text: compressed, UTF-16, or damaged."""
    NOT_JSON = "not-json"
    """Begins like a JSON object, and is none: cut short, something after its end, a comment, nested without end."""
    NO_VALUE = "no-value"
    """A JSON object without a value, or whose value is null, as gateways say that a thermometer does not answer."""
    NOT_A_NUMBER = "not-a-number"
    """The value, or the whole payload, is true, text, a list or anything else that is no number."""
    NOT_FINITE = "not-finite"
    """NaN, infinite, or larger than a number can be."""
    UNKNOWN_UNIT = "unknown-unit"
    """A unit other than the spellings of Celsius, Fahrenheit and kelvin."""
    BELOW_ABSOLUTE_ZERO = "below-absolute-zero"
    """Colder than -273.15 °C: a wrong unit, or the error code of a chip."""
    BAD_TIME = "bad-time"
    """No time between 2001 and 2262 in s, ms, us or ns, and no ISO 8601 either."""
    NO_ZONE = "no-zone"
    """ISO 8601 without Z or an offset: an hour wrong twice a year."""
    BAD_SEQUENCE = "bad-sequence"
    """Not a whole number from 0 to 2^63-1."""
    DUPLICATE_KEY = "duplicate-key"
    """One thing said twice: which one was meant?"""
    NOT_A_PACK = "not-a-pack"
    """A message of a gateway that is no JSON array of records, or one of SenML that must not be read by who does not know all of it."""
    UNKNOWN_SENSOR = "unknown-sensor"
    """A record of a pack for no thermometer of that gateway."""


class PayloadError(ValueError):
    """A payload that is no reading. The message is safe to log: short and in ASCII."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else str(reason))


class Sample(Struct, frozen=True, gc=False):
    """What a payload says. `measured_at` is ns since the epoch; None: it said nothing of the kind."""

    celsius: float
    measured_at: int | None = None
    sequence: int | None = None


class Standard(Struct, gc=False):
    """The form that hotzone documents, in full: four keys and nothing else. What is not exactly so is read more carefully."""

    value: Annotated[float, Meta(ge=-273.15)]
    unit: Literal["C"]
    time: Annotated[int, Meta(ge=1_000_000_000_000, lt=9_223_372_036_000)]
    sequence: Annotated[int, Meta(ge=0, le=2**63 - 1)]


Said = list[tuple[str, object]]
"""A JSON object as the list of its pairs, so that a key that comes twice is seen."""

_NAMES: Final[Mapping[str, str]] = {
    "value": "value",
    "temperature": "value",
    "temp": "value",
    "unit": "unit",
    "time": "time",
    "timestamp": "time",
    "ts": "time",
    "sequence": "sequence",
    "seq": "sequence",
}
"""What each key means. SenML's `t` is a time and others' a temperature, so no single letters."""

_CELSIUS: Final = frozenset({"c", "°c", "ºc", "℃", "cel", "degc", "deg c", "celsius", "degrees celsius", "degree celsius"})
_FAHRENHEIT: Final = frozenset({"f", "°f", "ºf", "℉", "degf", "[degf]", "deg f", "fahrenheit", "degrees fahrenheit", "degree fahrenheit"})
_KELVIN: Final = frozenset({"k", "°k", "kelvin", "kelvins"})
ABSOLUTE_ZERO: Final = -273.15
"""In °C."""

_BARE: Final = re.compile(rb"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ENDLESS: Final = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_BRACE: Final = ord("{")
_LONGEST_INTEGER: Final = 400
"""Digits; no float is as large, and Python refuses to read more than 4,300."""
_MAX: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_A_MICROSECOND: Final = timedelta(microseconds=1)
FIRST: Final = 1_000_000_000
"""2001-09-09, in s. What is earlier is an unset clock or the time since power-on, not a time."""
LAST: Final = 9_223_372_036
"""2262-04-11, in s: the last second that 64 bits of ns can tell."""

_decode_standard = json.Decoder(Standard).decode
_decode_number = json.Decoder(float).decode


def decode(payload: bytes, zone: tzinfo | None = None) -> Sample:
    """Read one payload. `zone` is that of ISO 8601 times that name none; without it they are rejected.

    Raises:
        PayloadError: it is no reading; nothing else is ever raised, whatever the bytes.
    """
    if len(payload) > MAX_BYTES:
        raise PayloadError(Reason.TOO_LARGE, f"{len(payload)} bytes")
    # The hot path takes only what it is sure of; everything else is read, and judged, by `_decode_carefully`.
    try:
        if payload[0] == _BRACE:
            said = _decode_standard(payload)
            # A colon a key: these are the four keys that we know, none of them twice, and nothing else.
            if payload.count(b":") == 4:
                return Sample(said.value + 0.0, said.time * MILLISECOND, said.sequence)
        elif (value := _decode_number(payload)) >= ABSOLUTE_ZERO:
            return Sample(value + 0.0)
    except (ValueError, RecursionError, OverflowError, IndexError):
        pass
    return _decode_carefully(payload, zone)


def _decode_carefully(payload: bytes, zone: tzinfo | None) -> Sample:
    text = payload.strip(b" \t\r\n")
    if not text:
        raise PayloadError(Reason.EMPTY)
    if not text.startswith(b"{"):
        return Sample(_to_celsius(_bare(text), None))
    return sample_of(cast("Said", _parsed(payload)), zone)


def sample_of(pairs: "Said", zone: tzinfo | None = None) -> Sample:
    """What the pairs of a JSON object say.

    Raises:
        PayloadError: they are no reading.
    """
    said = _named(pairs)
    if said.get("value") is None:
        raise PayloadError(Reason.NO_VALUE)
    return Sample(_to_celsius(said["value"], said.get("unit")), _to_nanoseconds(said.get("time"), zone), _to_sequence(said.get("sequence")))


def _bare(text: bytes) -> float:
    if _BARE.fullmatch(text) is not None:
        return float(text)
    if _ENDLESS.fullmatch(text) is not None:
        raise PayloadError(Reason.NOT_FINITE, _shown(text))
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.NOT_UTF8, f"byte {error.start}") from None
    raise PayloadError(Reason.NOT_A_NUMBER, f"neither a number nor a JSON object: {_shown(text)}")


def objects(payload: bytes) -> list["Said"]:
    """The objects of a JSON array.

    Raises:
        PayloadError: it is none.
    """
    if not payload.strip(b" \t\r\n"):
        raise PayloadError(Reason.EMPTY)
    found = _parsed(payload)
    if not payload.lstrip(b" \t\r\n").startswith(b"[") or not isinstance(found, list) or not all(map(_is_object, found)):
        raise PayloadError(Reason.NOT_A_PACK, "no array of objects")
    if not found:
        raise PayloadError(Reason.EMPTY)
    return cast("list[Said]", found)


def _is_object(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(pair, tuple) for pair in value)


def _parsed(payload: bytes) -> object:
    """What JSON says; an object as the list of its pairs, in tuples."""
    try:
        said: object = _PARSER.decode(payload.decode())
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.NOT_UTF8, f"byte {error.start}") from None
    except slow_json.JSONDecodeError as error:
        raise PayloadError(Reason.NOT_JSON, f"{error.msg.split(':')[0]} at character {error.pos}") from None
    except (ValueError, RecursionError) as error:
        raise PayloadError(Reason.NOT_JSON, type(error).__name__) from None
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and _too_deep(said):
        raise PayloadError(Reason.NOT_JSON, f"nested deeper than {MAX_DEPTH}")
    return said


def _named(pairs: "Said") -> dict[str, object]:
    """What an object says under the names that we use."""
    keys = [_NAMES.get(key, "." + key) for key, _ in pairs]
    if len(set(keys)) != len(keys):
        seen: set[str] = set()
        twice = next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add gives None, which is false
        raise PayloadError(Reason.DUPLICATE_KEY, _shown(twice.removeprefix(".")))
    return dict(zip(keys, (value for _, value in pairs), strict=True))


def _too_deep(said: object) -> bool:
    """Whether anything in an object is nested deeper than `MAX_DEPTH`, the object itself included."""
    level: list[object] = [said]
    for _ in range(MAX_DEPTH):
        # An object is a list of pairs.
        level = [each[1] if isinstance(each, tuple) else each for one in level if isinstance(one, list) for each in one]
    return any(isinstance(one, list) for one in level)


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else inf


# An object becomes the list of its pairs, so that a key that comes twice is seen.
_PARSER: Final = slow_json.JSONDecoder(object_pairs_hook=list, parse_int=_integer)


def _to_celsius(value: object, unit: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PayloadError(Reason.NOT_A_NUMBER, f"the value is {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise PayloadError(Reason.NOT_FINITE, _shown(value))
    # To a millionth of a kelvin: 75.2 °F is 24 °C, and not 24.000000000000004, which a quantum of 1 K would not allow.
    match _scale(unit):
        case "F":
            number = round((number - 32.0) / 1.8, 6)
        case "K":
            number = round(number + ABSOLUTE_ZERO, 6)
    if number < ABSOLUTE_ZERO:
        raise PayloadError(Reason.BELOW_ABSOLUTE_ZERO, f"{number:.6g} C")
    return number + 0.0  # there is no -0


def _scale(unit: object) -> str:
    if unit is None:
        return "C"
    if isinstance(unit, str):
        name = unit.strip().casefold()
        for scale, names in (("C", _CELSIUS), ("F", _FAHRENHEIT), ("K", _KELVIN)):
            if name in names:
                return scale
    raise PayloadError(Reason.UNKNOWN_UNIT, _shown(unit))


def _to_nanoseconds(time: object, zone: tzinfo | None) -> int | None:
    """Tell the unit by the magnitude: the four ranges do not touch."""
    if time is None:
        return None
    if isinstance(time, str):
        return _from_iso(time, zone)
    if isinstance(time, int | float) and not isinstance(time, bool):
        for unit in (SECOND, MILLISECOND, MICROSECOND, 1):
            many = SECOND // unit
            if FIRST * many <= time < LAST * many:
                # A float holds less than ns; to the microsecond it holds all that it said.
                return time * unit if isinstance(time, int) else round(time * (unit / MICROSECOND)) * MICROSECOND
    raise PayloadError(Reason.BAD_TIME, _shown(time))


def _from_iso(text: str, zone: tzinfo | None) -> int:
    try:
        time = datetime.fromisoformat(text if text.isascii() else "")
    except ValueError:
        raise PayloadError(Reason.BAD_TIME, _shown(text)) from None
    if time.tzinfo is None:
        if zone is None:
            raise PayloadError(Reason.NO_ZONE, _shown(text))
        time = time.replace(tzinfo=zone)
    at = (time - _EPOCH) // _A_MICROSECOND * MICROSECOND
    if not FIRST * SECOND <= at < LAST * SECOND:
        raise PayloadError(Reason.BAD_TIME, _shown(text))
    return at


def _to_sequence(sequence: object) -> int | None:
    if sequence is None:
        return None
    if type(sequence) is not int or not 0 <= sequence <= _MAX:
        raise PayloadError(Reason.BAD_SEQUENCE, _shown(sequence))
    return sequence


def _shown(value: object) -> str:
    """The value in a line of a log: short, and without anything that a terminal would obey."""
    try:
        return ascii(value[:64] if isinstance(value, str | bytes | list) else value)[:64]
    except ValueError:  # an integer of more digits than Python writes
        return "a very long number"
    except RecursionError:  # brackets that could be read and, a few calls deeper, cannot be written
        return "a very deep list"
