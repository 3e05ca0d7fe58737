"""A second reading of payloads, slow and plain, by which the product's own is judged. It shares no code with it."""

import json
import re
from datetime import datetime
from math import isfinite

from .lines import PRIMED, T0, Expect

Said = tuple[float, int | None, int | None]
UNITS = {
    "C": {"c", "°c", "ºc", "℃", "cel", "degc", "deg c", "celsius", "degrees celsius", "degree celsius"},
    "F": {"f", "°f", "ºf", "℉", "degf", "[degf]", "deg f", "fahrenheit", "degrees fahrenheit", "degree fahrenheit"},
    "K": {"k", "°k", "kelvin", "kelvins"},
}
NAMES = {"value": "value", "temperature": "value", "temp": "value", "unit": "unit"}
NAMES |= {"time": "time", "timestamp": "time", "ts": "time", "sequence": "sequence", "seq": "sequence"}
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
ENDLESS = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
WHITE = " \t\r\n"
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Pairs(list[tuple[str, object]]):
    """An object, with every key that it has."""


def read(payload: bytes) -> Said | str:
    """What it says, or the reason why it is no reading."""
    if len(payload) > 65536:
        return "too-large"
    if not payload.strip(WHITE.encode()):
        return "empty"
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return "not-utf8"
    text = text.strip(WHITE)
    if text.startswith("{"):
        return _object(text)
    if NUMBER.fullmatch(text) is not None:
        return celsius_of(float(text), None)
    if ENDLESS.fullmatch(text) is not None:
        return "not-finite"
    return "not-a-number"


def _object(text: str) -> Said | str:
    try:
        pairs = json.loads(text, object_pairs_hook=Pairs, parse_int=lambda digits: float(digits) if len(digits) > 400 else int(digits))
    except (ValueError, RecursionError):
        return "not-json"
    if _depth(text) > 100:
        return "not-json"
    seen = [NAMES.get(key, f"?{key}") for key, _ in pairs]
    if len(set(seen)) < len(seen):
        return "duplicate-key"
    return _said({NAMES[key]: value for key, value in pairs if key in NAMES})


def _said(said: dict[str, object]) -> Said | str:
    value = said.get("value")
    if value is None:
        return "no-value"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "not-a-number"
    try:
        found = celsius_of(float(value), said.get("unit"))
    except OverflowError:
        return "not-finite"
    if isinstance(found, str):
        return found
    at = _time(said.get("time"))
    if isinstance(at, str):
        return at
    sequence = said.get("sequence")
    if sequence is not None and (type(sequence) is not int or not 0 <= sequence < 2**63):
        return "bad-sequence"
    return found[0], at, sequence


def _depth(text: str) -> int:
    """How deep its brackets go."""
    depth = deepest = 0
    for bracket in re.sub(TEXT, "", text):
        depth += (bracket in "[{") - (bracket in "]}")
        deepest = max(deepest, depth)
    return deepest


def celsius_of(value: float, unit: object) -> Said | str:
    if not isfinite(value):
        return "not-finite"
    if unit is None:
        scale: str | None = "C"
    else:
        name = unit.strip().casefold() if isinstance(unit, str) else None
        scale = next((scale for scale, names in UNITS.items() if name in names), None)
    if scale is None:
        return "unknown-unit"
    if scale == "F":
        value = round((value - 32.0) / 1.8, 6)
    elif scale == "K":
        value = round(value - 273.15, 6)
    return "below-absolute-zero" if value < -273.15 else (value + 0.0, None, None)


def _time(time: object) -> int | str | None:
    if time is None:
        return None
    if isinstance(time, bool) or not isinstance(time, int | float | str):
        return "bad-time"
    if isinstance(time, str):
        return _iso(time)
    for power in (9, 6, 3, 0):
        least, most = 10 ** (18 - power), 9_223_372_036 * 10 ** (9 - power)
        if least <= time < most:
            if isinstance(time, int):
                return time * 10**power
            return round(time * (10**power / 1000)) * 1000
    return "bad-time"


def _iso(text: str) -> int | str:
    if not text.isascii():
        return "bad-time"
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return "bad-time"
    if time.tzinfo is None:
        return "no-zone"
    since = time - EPOCH
    nanoseconds = ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
    return nanoseconds if 10**9 <= nanoseconds // 10**9 < 9_223_372_036 else "bad-time"


def judge(said: Said) -> tuple[Expect, str]:
    """What a thermometer of the corpus' site makes of it, at `T0`, after its good 24 °C at `PRIMED` with sequence 41."""
    celsius, measured_at, sequence = said
    at = T0 if measured_at is None else measured_at
    late = T0 - at > 30 * 60 * 10**9
    if at <= PRIMED:
        if at == PRIMED and (celsius == 24.0 or sequence == 41):
            return "quarantine", "duplicate"
        return "quarantine", "late" if late else "out-of-order"
    if not -40.0 <= celsius <= 125.0:
        return "quarantine", "out of range"
    if at - T0 > 10 * 60 * 10**9:
        return "quarantine", "clock ahead"
    return ("quarantine", "jumped") if abs(celsius - 24.0) > 20.0 else ("accept", "")


def verdict(payload: bytes) -> tuple[Expect, str, Said | None]:
    """Verdict, reason, and what it says if it says anything."""
    said = read(payload)
    if isinstance(said, str):
        return "reject", said, None
    return (*judge(said), said)
