"""What the header of a column says by itself: that it is a time, a temperature, a thermometer's name, and in which unit."""

import re
from collections.abc import Iterable
from typing import Final

TIMES: Final = frozenset({"time", "timestamp", "datetime", "date time", "date_time", "date/time", "timestamp_utc", "time_utc", "ts"})
DATES: Final = frozenset({"date"})
VALUES: Final = frozenset(
    {"value", "temperature", "temp", "celsius", "temp_c", "temperature_c", "temp_f", "temperature_f", "fahrenheit", "kelvin"}
)
NAMES: Final = frozenset(
    f"{thing}{ending}"
    for thing in ("sensor", "device", "host", "probe", "mote", "node", "thermometer", "channel", "location", "room", "rack")
    for ending in ("", "id", "_id", "-id", " id", "name", "_name", " name")
)
_SIGNS: Final = str.maketrans({"℃": "°C", "℉": "°F", "º": "°"})
_DEGREES: Final = r"°\s?[CFK]|K|(?:deg(?:rees)?\.?\s?)?(?:[CF]|celsius|fahrenheit)|kelvin"
_IN_BRACKETS: Final = re.compile(rf"[\s,]*[(\[]\s*(?:{_DEGREES})\s*[)\]]$|[\s,]*°\s?[CFK]$", re.IGNORECASE)
_UNIT: Final = re.compile(r"(?:^|[\s_(\[/°])(?:deg\.?)?(c|f|k|celsius|fahrenheit|kelvin)[)\]]?$|°\s?([cfk])\b", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"[(\[]\s*(%\s?(?:rh|r\.h\.)?|rh|rpm|u/min|k?wh?|m?v|ma|[hk]?pa|m?bar|psi|pp[mb]|lu?x|m/s|l/(?:min|s|h)|m[3³]/[hs]|cfm|gpm|k?hz|dba?|dbm)\s*[)\]]$"
    r"|(%)(?:\s?rh)?$",
    re.IGNORECASE,
)


def without_unit(title: str) -> str:
    """A header without the unit of temperature in brackets, or with a degree sign, behind it: `Rack 1 (°F)` is Rack 1."""
    return _IN_BRACKETS.sub("", title.translate(_SIGNS)) or title


def unit_of(title: str) -> str | None:
    """C, F or K, where the header says so."""
    match = _UNIT.search(title.translate(_SIGNS))
    return None if match is None else (match[1] or match[2])[0].upper()


def other_quantity(title: str) -> bool:
    """Whether its unit is one of something that is no temperature: `Fan Speed (%)`."""
    return _OTHER.search(title) is not None


def plainly(header: Iterable[str], known: frozenset[str]) -> list[int]:
    """The places of headers that are one of these words, whatever unit stands behind."""
    return [place for place, title in enumerate(header) if title.casefold() in known or without_unit(title).casefold() in known]
