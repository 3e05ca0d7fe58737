"""The kinds of values that a key can take. Each reads one value of the file, or says with `Unfit` what it found instead."""

# ruff: noqa: D102, EM101, EM102 - `Kind` says what the methods do; `Unfit` takes facts, not a message
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import inf, isfinite
from typing import ClassVar, Final, Protocol, runtime_checkable
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from . import durations
from .durations import format_duration, parse_duration
from .model import Step
from .problems import Unfit, listed, nearest, show
from .secret_source import EXPECTED, is_reference
from .units import DAY

ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
ID_EXPECTED: Final = "1 to 64 letters, digits and _ . -"
_SIZES: Final = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
_STEPS: Final = 20
_FAULT: Final = re.compile(
    r"(?P<kind>[a-z0-9-]{1,64}):(?P<target>[^@\s]{1,200})@(?P<start>[0-9a-z.]{1,32})(?:\+(?P<lasts>[0-9a-z.]{1,32}))?", re.ASCII
)


@runtime_checkable
class Kind(Protocol):
    """What a key takes."""

    @property
    def label(self) -> str:
        """For the reference: `duration`, `percent`."""

    def read(self, raw: object) -> object:
        """The value as the program uses it, or `Unfit`."""


class Whereabouts:
    """Where a secret is found; whoever makes the site looks it up."""

    label: ClassVar[str] = "secret"

    def read(self, raw: object) -> object:
        if not is_reference(raw):
            raise Unfit("something else (not shown)", EXPECTED)
        return raw


_ENDLESS: Final = 3650 * DAY
"""Longer than anything is meant to last."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Nanoseconds, written as text. With `optional`, `false` means none."""

    least: int = 0
    most: int = _ENDLESS
    optional: bool = False
    whole: int = 1
    """It must be a multiple of this."""

    @property
    def label(self) -> str:
        least, most = format_duration(self.least), format_duration(self.most)
        bounds = f", {least} to {most}" if self.most < _ENDLESS else f", at least {least}" if self.least else ""
        return f"duration{bounds}{' or `false`' if self.optional else ''}"

    def read(self, raw: object) -> int | None:
        if raw is False and self.optional:
            return None
        if not isinstance(raw, str):
            raise Unfit(show(raw), durations.EXPECTED + (" or false" if self.optional else ""))
        value = parse_duration(raw)
        if not self.least <= value <= self.most:
            raise Unfit(show(raw), f"{format_duration(self.least)} to {format_duration(self.most)}")
        if value % self.whole:
            raise Unfit(show(raw), f"a multiple of {format_duration(self.whole)}")
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number. `unit` is for people."""

    least: float = -inf
    most: float = inf
    unit: str = ""
    beyond: bool = False
    """It must be more than `least`, not `least` itself."""

    @property
    def label(self) -> str:
        return self.expected.removeprefix("a ").removeprefix("finite ")

    @property
    def expected(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if isfinite(self.least) and isfinite(self.most):
            return f"a number {'above' if self.beyond else 'from'} {self.least:g} to {self.most:g}{unit}"
        if isfinite(self.least):
            return f"a number {'above' if self.beyond else 'of at least'} {self.least:g}{unit}"
        return f"a finite number{f', {self.unit}' if unit else ''}"

    def read(self, raw: object) -> float:
        if not isinstance(raw, int | float) or isinstance(raw, bool):
            raise Unfit(show(raw), self.expected)
        if isinstance(raw, int) and abs(raw) > 2**63:
            raise Unfit(show(raw), self.expected)
        value = float(raw)
        if not isfinite(value) or not self.least <= value <= self.most or (self.beyond and value == self.least):
            raise Unfit(show(raw), self.expected)
        return value


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    least: int
    most: int

    @property
    def label(self) -> str:
        return f"whole number, {self.least} to {self.most}"

    def read(self, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not self.least <= raw <= self.most:
            raise Unfit(show(raw), f"a whole number from {self.least} to {self.most}")
        return raw


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes: `256MiB`, or a whole number."""

    least: int = 1024**2
    label: ClassVar[str] = "size"

    def read(self, raw: object) -> int:
        expected = f'a size such as "256MiB" or "20GiB", at least {self.least // 1024**2}MiB'
        value = raw
        if isinstance(raw, str):
            number, unit = raw[:12].rstrip("KMGTiB"), raw.lstrip("0123456789")
            value = int(number) * _SIZES[unit] if number.isdecimal() and number.isascii() and unit in _SIZES else None
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= 2**60:
            raise Unfit(show(raw), expected)
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few names."""

    names: tuple[str, ...]
    of: Callable[[str], str] = str
    """Makes the value, such as a member of an enum, from its name."""

    @property
    def label(self) -> str:
        return " \\| ".join(f"`{name}`" for name in self.names)

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in self.names:
            raise Unfit(show(raw), listed(f'"{name}"' for name in self.names), nearest(raw, self.names) if isinstance(raw, str) else None)
        return self.of(raw)


@dataclass(frozen=True, slots=True)
class NumberChoice:
    """One of a few whole numbers."""

    numbers: tuple[int, ...]

    @property
    def label(self) -> str:
        return " \\| ".join(f"`{number}`" for number in self.numbers)

    def read(self, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or raw not in self.numbers:
            raise Unfit(show(raw), listed(map(str, self.numbers)))
        return raw


class Flag:
    """True or false."""

    label: ClassVar[str] = "`true` \\| `false`"

    def read(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise Unfit(show(raw), "true or false")
        return raw


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text."""

    label: str = "text"
    most: int = 1000

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or not 0 < len(raw) <= self.most or not raw.isprintable():
            raise Unfit(show(raw), f"a {self.label if self.label != 'text' else 'text'} of 1 to {self.most} printable characters")
        return raw


class TimeZone:
    """The name of a time zone."""

    label: ClassVar[str] = "time zone"

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in available_timezones():
            close = nearest(raw, sorted(available_timezones())) if isinstance(raw, str) else None
            raise Unfit(show(raw), "the name of a time zone, such as Europe/Zurich", close)
        return raw


class Digest:
    """A SHA-256."""

    label: ClassVar[str] = "64 hexadecimal digits"

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or re.fullmatch(r"[0-9a-fA-F]{64}", raw) is None:
            raise Unfit("something else (not shown)", "the SHA-256 of a token, 64 hexadecimal digits, as `hotzone token` prints it")
        return raw.lower()


class Id:
    """The name of a thing. It becomes a level of topics and part of file names."""

    label: ClassVar[str] = "id"

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or not ID.fullmatch(raw):
            raise Unfit(show(raw), ID_EXPECTED)
        return raw


class BrokerUrl:
    """Scheme, host and port, and nothing else: no credentials, which would show."""

    label: ClassVar[str] = "URL"

    def read(self, raw: object) -> str:
        expected = '"mqtt://host:port" or "mqtts://host:port"'
        if not isinstance(raw, str) or len(raw) > 300:
            raise Unfit(show(raw), expected)
        try:
            parts = urlsplit(raw)
            port_is_fine = parts.port is None or parts.port > 0
        except ValueError:
            raise Unfit("a malformed URL", expected) from None
        if "@" in raw:
            raise Unfit("a URL with credentials", "a URL without them; they belong in broker.username and broker.password")
        if parts.scheme not in {"mqtt", "mqtts"}:
            raise Unfit(show(raw), expected, nearest(parts.scheme, ("mqtt", "mqtts")))
        clean = not (parts.path.strip("/") or parts.query or parts.fragment)
        if not parts.hostname or not port_is_fine or not clean or not raw.isprintable() or " " in raw:
            raise Unfit(show(raw), expected)
        return raw.rstrip("/")


class Steps:
    """Pairs of °C and percent, both rising."""

    label: ClassVar[str] = "array of [°C, percent]"

    def read(self, raw: object) -> tuple[Step, ...]:
        expected = f"1 to {_STEPS} pairs of °C and percent, both rising, such as [[18, 40], [25, 75], [27, 100]]"
        if not isinstance(raw, list) or not 0 < len(raw) <= _STEPS:
            raise Unfit(show(raw), expected)
        steps: list[Step] = []
        for pair in raw:
            if not isinstance(pair, list) or len(pair) != 2:
                raise Unfit(show(pair), expected)
            step = Step(Number(-40, 125).read(pair[0]), Number(0, 100).read(pair[1]))
            if steps and not (step.celsius > steps[-1].celsius and step.demand >= steps[-1].demand):
                raise Unfit(f"[{step.celsius:g}, {step.demand:g}] after [{steps[-1].celsius:g}, {steps[-1].demand:g}]", expected)
            steps.append(step)
        return tuple(steps)


class Faults:
    """Faults to inject into the simulated hall. Their kinds are the simulator's; here only the form is checked."""

    label: ClassVar[str] = "array of text"

    def read(self, raw: object) -> tuple[str, ...]:
        expected = 'an array of "kind:target@start" or "kind:target@start+duration", such as ["crac-failure:crac-1@30s"]'
        if not isinstance(raw, list) or len(raw) > 1000:
            raise Unfit(show(raw), expected)
        faults: list[str] = []
        for fault in raw:
            match = _FAULT.fullmatch(fault) if isinstance(fault, str) else None
            if match is None:
                raise Unfit(show(fault), expected)
            for duration in (match["start"], match["lasts"]):
                if duration is not None:
                    parse_duration(duration)
            faults.append(match[0])
        return tuple(faults)


@dataclass(frozen=True, slots=True)
class Serves:
    """Zones by id, or how many of the nearest. Which zones there are is checked when all are known."""

    label: ClassVar[str] = "array of ids, or number of nearest zones"

    def read(self, raw: object) -> int | tuple[str, ...]:
        expected = "an array of zones of this hall, or how many of the nearest"
        if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= 10_000:
            return raw
        if not isinstance(raw, list) or not raw or not all(isinstance(name, str) for name in raw):
            raise Unfit(show(raw), expected)
        if (twice := first_twice(raw)) is not None:
            raise Unfit(f"{show(twice)} twice", "each zone once")
        return tuple(raw)


def first_twice(names: Collection[str]) -> str | None:
    """The first name that has been there before."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
