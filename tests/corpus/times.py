"""Time and order: stamps that lie, and readings that come at the wrong moment."""

from collections.abc import Iterator
from typing import Final

from .lines import PRIME, PRIMED, T0, Expect, Line, line
from .payloads import Case, is_, obj
from .payloads import lines as payload_lines

MS: Final = T0 // 1_000_000
SECOND: Final = 10**9

CASES: Final[list[Case]] = [
    Case("ms, s, us, ns", "seconds", obj(value="21", time="1700000000"), is_(21.0, 1_700_000_000_000_000_000)),
    Case("ms, s, us, ns", "seconds with a fraction", obj(value="21", time="1700000000.123"), is_(21.0, T0)),
    Case("ms, s, us, ns", "milliseconds", obj(value="21", time="1700000000123"), is_(21.0, T0)),
    Case("ms, s, us, ns", "milliseconds with a fraction", obj(value="21", time="1700000000123.5"), is_(21.0, T0 + 500_000)),
    Case("ms, s, us, ns", "milliseconds with an exponent", obj(value="21", time="1.700000000123e12"), is_(21.0, T0)),
    Case("ms, s, us, ns", "microseconds", obj(value="21", time="1700000000123000"), is_(21.0, T0)),
    Case("ms, s, us, ns", "nanoseconds", obj(value="21", time="1700000000123000001"), is_(21.0, T0 + 1)),
    Case("ms, s, us, ns", "between seconds and milliseconds", obj(value="21", time="17000000001"), "bad-time"),
    Case("ms, s, us, ns", "tenths of a millisecond", obj(value="21", time="17000000001230"), None),
    Case("ISO 8601", "in UTC", obj(value="21", time='"2023-11-14T22:13:20.123Z"'), is_(21.0, T0)),
    Case("ISO 8601", "with an offset", obj(value="21", time='"2023-11-15T03:43:20.123+05:30"'), is_(21.0, T0)),
    Case("ISO 8601", "with a space for the T", obj(value="21", time='"2023-11-14 22:13:20.123Z"'), is_(21.0, T0)),
    Case("ISO 8601", "digits in text", obj(value="21", time='"1700000000123"'), "bad-time"),
    Case("ISO 8601", "a word", obj(value="21", time='"yesterday"'), "bad-time"),
    Case("ISO 8601", "empty", obj(value="21", time='""'), "bad-time"),
    Case("ISO 8601", "a 30th of February", obj(value="21", time='"2023-02-30T00:00:00Z"'), "bad-time"),
    Case("ISO 8601", "full-width digits", obj(value="21", time='"２０２３-11-14T22:13:20Z"'), "bad-time"),
    Case("ISO 8601", "the name of a zone", obj(value="21", time='"2023-11-14T22:13:20.123 UTC"'), "bad-time"),
    Case("ISO 8601", "a list", obj(value="21", time="[]"), "bad-time"),
    Case("ISO 8601", "an object", obj(value="21", time="{}"), "bad-time"),
    Case("negative", "one", obj(value="21", time="-1"), "bad-time"),
    Case("negative", "milliseconds", obj(value="21", time="-1700000000123"), "bad-time"),
    Case("0", "nought", obj(value="21", time="0"), "bad-time"),
    Case("0", "the epoch in words", obj(value="21", time='"1970-01-01T00:00:00Z"'), "bad-time"),
    Case("0", "seconds since power-on", obj(value="21", time="86400"), "bad-time"),
    Case("0", "the year 1", obj(value="21", time='"0001-01-01T00:00:00+14:00"'), "bad-time"),
    Case("year 10000", "in words", obj(value="21", time='"10000-01-01T00:00:00Z"'), "bad-time"),
    Case("year 10000", "in seconds", obj(value="21", time="253402300800"), "bad-time"),
    Case("year 10000", "the year 2300", obj(value="21", time='"2300-01-01T00:00:00Z"'), "bad-time"),
    Case("year 10000", "the last instant of 64 bits", obj(value="21", time="9223372035999"), is_(21.0, 9_223_372_035_999_000_000)),
    Case("1e18 and nan", "1e18", obj(value="21", time="1e18"), is_(21.0, 10**18)),
    Case("1e18 and nan", "1e19", obj(value="21", time="1e19"), "bad-time"),
    Case("1e18 and nan", "NaN", obj(value="21", time="NaN"), "bad-time"),
    Case("1e18 and nan", "Infinity", obj(value="21", time="Infinity"), "bad-time"),
    Case("1e18 and nan", "1e400", obj(value="21", time="1e400"), "bad-time"),
    Case("1e18 and nan", "30 digits", obj(value="21", time="9" * 30), "bad-time"),
    Case("no zone", "a time", obj(value="21", time='"2023-11-14T22:13:20.123"'), "no-zone"),
    Case("no zone", "only a date", obj(value="21", time='"2023-11-14"'), "no-zone"),
    Case("leap second :60", "at the end of 2016", obj(value="21", time='"2016-12-31T23:59:60Z"'), "bad-time"),
    Case("leap second :60", "in the middle of a day", obj(value="21", time='"2023-11-14T22:13:60Z"'), "bad-time"),
    Case("leap second :60", "midnight by 24:00", obj(value="21", time='"2023-11-14T24:00:00Z"'), "bad-time"),
    Case("DST fold", "the hour that comes twice, without an offset", obj(value="21", time='"2023-10-29T02:30:00"'), "no-zone"),
    Case("DST fold", "the first of the two", obj(value="21", time='"2023-10-29T02:30:00+02:00"'), is_(21.0, 1_698_539_400 * SECOND)),
    Case("DST fold", "the second of the two", obj(value="21", time='"2023-10-29T02:30:00+01:00"'), is_(21.0, 1_698_543_000 * SECOND)),
    Case("equal stamps", "the same again", PRIME, None),
    Case("equal stamps", "another value, the same sequence", PRIME.replace(b"24.0", b"25.0"), None),
    Case("equal stamps", "another value and sequence", PRIME.replace(b"24.0", b"25.0").replace(b":41", b":42"), None),
    Case("reversed", "a second before the last", obj(value="25", time=str(PRIMED // 10**6 - 1000), sequence="40"), None),
    Case("reversed", "the clock a year back", obj(value="25", time=str(MS - 365 * 86_400_000), sequence="42"), None),
    Case("1 h late", "an hour", obj(value="25", time=str(MS - 3_600_000), sequence="30"), None),
    Case("1 h late", "an hour, and hot", obj(value="45", time=str(MS - 3_600_000), sequence="30"), None),
    Case("1 h early", "an hour", obj(value="25", time=str(MS + 3_600_000), sequence="42"), None),
    Case("1 h early", "five minutes, which the site grants", obj(value="25", time=str(MS + 300_000), sequence="42"), None),
    *(
        Case("bad sequence", name, obj(value="21", sequence=text), "bad-sequence")
        for name, text in (
            ("negative", "-1"),
            ("2^63", "9223372036854775808"),
            ("a fraction", "42.0"),
            ("text", '"42"'),
            ("a list", "[]"),
            ("NaN", "NaN"),
        )
    ),
    Case("seq gap", "of one", obj(value="24.1", sequence="43"), is_(24.1, None, 43)),
    Case("seq gap", "of a million", obj(value="24.1", sequence="1000041"), is_(24.1, None, 1_000_041)),
    Case("seq gap", "to the largest", obj(value="24.1", sequence="9223372036854775807"), is_(24.1, None, 2**63 - 1)),
    Case("seq repeat", "the same number later", obj(value="24.1", sequence="41"), is_(24.1, None, 41)),
    Case("seq repeat", "the same number and value later", obj(value="24.0", sequence="41"), is_(24.0, None, 41)),
]


def _at(seconds: float, sequence: int, celsius: float = 24.0) -> bytes:
    """A reading so long after the first."""
    return b'{"value":%.1f,"unit":"C","time":%d,"sequence":%d}' % (celsius, (PRIMED + int(seconds * SECOND)) // 10**6, sequence)


STREAMS: Final[list[tuple[str, str, list[bytes], bytes, Expect, str]]] = [
    ("equal stamps", "two of one instant and a third", [_at(5, 42)], _at(5, 43, 24.2), "quarantine", "out-of-order"),
    ("reversed", "three in the wrong order", [_at(6, 44), _at(4, 43)], _at(2, 42), "quarantine", "out-of-order"),
    ("seq wrap at 2^32", "the number after the largest of 32 bits", [_at(4, 2**32 - 1)], _at(5, 0), "accept", ""),
    ("seq wrap at 2^32", "of 16 bits", [_at(4, 65_535)], _at(5, 0), "accept", ""),
    ("seq wrap at 2^32", "of 63 bits", [_at(4, 2**63 - 1)], _at(5, 0), "accept", ""),
    ("boot_id change", "counts from one again", [_at(4, 90_000)], _at(5, 1), "accept", ""),
    (
        "boot_id change",
        "says so in a key that nobody knows",
        [_at(4, 90_000).replace(b"{", b'{"boot_id":"a",')],
        _at(5, 1).replace(b"{", b'{"boot_id":"b",'),
        "accept",
        "",
    ),
    ("boot_id change", "with its clock at power-on", [_at(4, 90_000)], b'{"value":24.0,"time":12,"sequence":1}', "reject", "bad-time"),
    ("max(nan, 1.0)", "a NaN behind good ones", [_at(4, 42), _at(5, 43)], b'{"value":NaN}', "reject", "not-finite"),
    ("jump", "one that two more confirm", [_at(1, 42, 60.0), _at(2, 43, 60.0)], _at(3, 44, 60.0), "accept", ""),
    (
        "jump",
        "one that never settles",
        [_at(n, 41 + n, 60.0 + 30 * (n % 3)) for n in range(1, 7)],
        _at(7, 48, 90.0),
        "quarantine",
        "erratic",
    ),
]
"""What comes before the line on its topic, and the line."""


def lines() -> Iterator[Line]:
    """All of them."""
    yield from payload_lines(CASES)
    for entry, name, earlier, payload, expect, reason in STREAMS:
        yield line(entry, name, payload, expect=expect, reason=reason, earlier=earlier)
