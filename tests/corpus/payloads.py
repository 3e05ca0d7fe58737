"""Payloads of a thermometer: bytes, JSON and values. Each says what it deserves; the oracle must agree, and judges the rest."""

import gzip
from collections.abc import Iterator
from typing import Final, NamedTuple

from . import oracle
from .lines import LONGEST, STANDARD, T0, Line, Piece, line, written
from .oracle import Said

MAX: Final = 65_536
GZIP: Final = bytes.fromhex("1f8b08000000000002ff") + gzip.compress(STANDARD, mtime=0)[10:]


class Case(NamedTuple):
    """`expected` None: whatever the oracle says."""

    entry: str
    name: str
    payload: bytes | list[Piece]
    expected: Said | str | None


def obj(**texts: str) -> bytes:
    """An object of texts that are JSON already."""
    return ("{" + ",".join(f'"{key}":{text}' for key, text in texts.items()) + "}").encode()


def is_(celsius: float, measured_at: int | None = None, sequence: int | None = None) -> Said:
    """What an accepted payload says."""
    return celsius, measured_at, sequence


def lines(cases: list[Case]) -> Iterator[Line]:
    """Cases as lines. Raises where the oracle disagrees with what a case says it deserves."""
    for entry, name, payload, expected in cases:
        raw = written(payload) if isinstance(payload, list) else payload
        expect, reason, said = oracle.verdict(raw)
        found: Said | str = said if said is not None else reason
        if expected is not None and found != expected:
            msg = f"{name}: {expected} was expected, the oracle says {found}"
            raise AssertionError(msg)
        if isinstance(payload, bytes) and len(payload) > LONGEST and entry != "gzip and zstd bytes":
            msg = f"{name}: {len(payload)} bytes are better written as a recipe"
            raise AssertionError(msg)
        yield line(
            entry, name, payload, expect=expect, reason=reason, says=said, broker="refuses" if len(raw) > 2 * MAX - 100 else "carries"
        )


_VALUE: Final = '{"value":21'

BYTES: Final[list[Case]] = [
    Case("empty", "nothing", b"", "empty"),
    Case("empty", "white space", b" \r\n", "empty"),
    Case("empty", "64 KiB of white space", [(" ", MAX)], "empty"),
    Case("1 byte", "one digit", b"7", is_(7.0)),
    Case("1 byte", "one brace", b"{", "not-json"),
    Case("1 byte", "one NUL", b"\x00", "not-a-number"),
    Case("1 byte", "one byte that is no text", b"\xff", "not-utf8"),
    Case("1 byte", "one minus", b"-", "not-a-number"),
    Case("64 KiB and 1", "64 KiB less a byte", [_VALUE, (" ", MAX - 13), "}"], is_(21.0)),
    Case("64 KiB and 1", "64 KiB", [_VALUE, (" ", MAX - 12), "}"], is_(21.0)),
    Case("64 KiB and 1", "64 KiB and a byte", [_VALUE, (" ", MAX - 11), "}"], "too-large"),
    Case("64 KiB and 1", "64 KiB and a byte of the documented form", [STANDARD.decode(), (" ", MAX - len(STANDARD) + 1)], "too-large"),
    Case("64 KiB and 1", "64 KiB and a byte around a bare number", ["21", (" ", MAX - 1)], "too-large"),
    Case("64 KiB and 1", "64 KiB of digits", [("9", MAX)], "not-finite"),
    Case("64 KiB and 1", "64 KiB of noughts behind the point", ["21.", ("0", MAX - 3)], is_(21.0)),
    Case("64 KiB and 1", "64 KiB of spaces and a letter", [(" ", MAX - 1), "x"], "not-a-number"),
    Case("64 KiB and 1", "64 KiB of NUL", [("\x00", MAX)], "not-a-number"),
    Case("10 MB", "10 MB of digits", [("1", 10_000_000)], "too-large"),
    Case("10 MB", "10 MB of spaces in an object", [_VALUE, (" ", 10_000_000), "}"], "too-large"),
    Case("10 MB", "10 MB of text in an object", ['{"value":21,"x":"', ("é", 5_000_000), '"}'], "too-large"),
    Case("UTF-8 BOM", "a byte order mark", b"\xef\xbb\xbf" + STANDARD, "not-a-number"),
    Case("UTF-8 BOM", "a byte order mark and a bare number", b"\xef\xbb\xbf23.46", "not-a-number"),
    Case("UTF-8 BOM", "a byte order mark at the end", STANDARD + b"\xef\xbb\xbf", "not-json"),
    Case("UTF-16", "UTF-16 with a byte order mark", b"\xff\xfe" + STANDARD.decode().encode("utf-16-le"), "not-utf8"),
    Case("UTF-16", "UTF-16 without one", STANDARD.decode().encode("utf-16-le"), "not-json"),
    Case("UTF-16", "UTF-16 the other way round", STANDARD.decode().encode("utf-16-be"), "not-a-number"),
    Case("UTF-16", "UTF-32", STANDARD.decode().encode("utf-32-be"), "not-a-number"),
    Case("UTF-16", "UTF-7", b"+AHsAIgB2-", "not-a-number"),
    Case("gzip and zstd bytes", "gzip", GZIP, "not-utf8"),
    Case("gzip and zstd bytes", "zstandard", b"\x28\xb5\x2f\xfd\x20\x3d" + STANDARD, "not-utf8"),
    Case("gzip and zstd bytes", "zlib", b"\x78\x9c\xab\x56\x2a\x4b\xcc", "not-utf8"),
    Case("gzip and zstd bytes", "a picture", b"\x89PNG\r\n\x1a\n", "not-utf8"),
    Case("gzip and zstd bytes", "CBOR", b"\xa1\x65value\xf9\x4d\xdd", "not-utf8"),
    Case("gzip and zstd bytes", "MessagePack", b"\x81\xa5value\xcb\x40\x37\x75\xc2\x8f\x5c\x28\xf6", "not-utf8"),
    Case("bad UTF-8 inside", "in a unit", b'{"value":21,"unit":"\xffC"}', "not-utf8"),
    Case("bad UTF-8 inside", "where nobody looks", b'{"value":21,"x":"\xff"}', "not-utf8"),
    Case("bad UTF-8 inside", "a surrogate", b'{"value":21,"unit":"\xed\xa0\x80"}', "not-utf8"),
    Case("bad UTF-8 inside", "an overlong encoding", b'{"value":21,"unit":"\xc0\xaf"}', "not-utf8"),
    Case("bad UTF-8 inside", "a NUL at the end", b"21.5\x00", "not-a-number"),
    *(Case("truncated at every offset", f"cut at {end}", STANDARD[:end], "not-json") for end in range(1, len(STANDARD))),
    *(
        Case("every single-bit flip", f"byte {bit // 8} bit {bit % 8}", _flipped, None)
        for bit in range(len(STANDARD) * 8)
        for _flipped in [STANDARD[: bit // 8] + bytes([STANDARD[bit // 8] ^ 1 << bit % 8]) + STANDARD[bit // 8 + 1 :]]
    ),
]

JSON: Final[list[Case]] = [
    Case("the documented form", "as documented", STANDARD, is_(23.46, T0, 42)),
    Case(
        "the documented form",
        "other order and white space",
        b' {"sequence" : 42, "time":1700000000123,\n"unit":"C","value":23.46}\n',
        is_(23.46, T0, 42),
    ),
    Case("the documented form", "only a value", obj(value="21"), is_(21.0)),
    Case("the documented form", "null where something is optional", obj(value="21", unit="null", time="null", sequence="null"), is_(21.0)),
    Case("the documented form", "keys that nobody knows", obj(value="21", battery="97", place='{"x":1,"y":[1,2]}'), is_(21.0)),
    Case("the documented form", "other names of the keys", obj(temperature="21", ts="1700000000123", seq="47"), is_(21.0, T0, 47)),
    Case("the documented form", "a key written with an escape", b'{"v\\u0061lue":21}', is_(21.0)),
    Case("the documented form", "a colon inside of text", b'{"value":21,"unit":"C","place":"a:b"}', is_(21.0)),
    Case("the documented form", "a prototype's name as a key", obj(value="21", __proto__="1", constructor="2"), is_(21.0)),
    Case("NaN", "NaN", obj(value="NaN"), "not-finite"),
    Case("NaN", "NaN where nobody looks", obj(value="21", x="NaN"), is_(21.0)),
    Case("Infinity", "Infinity", obj(value="Infinity"), "not-finite"),
    Case("Infinity", "minus Infinity", obj(value="-Infinity"), "not-finite"),
    Case("1e400", "1e400", obj(value="1e400"), "not-finite"),
    Case("1e400", "minus 1e400", obj(value="-1e400"), "not-finite"),
    Case("1e400", "an exponent of 60,000 digits", ['{"value":1e', ("9", 60_000), "}"], "not-finite"),
    Case("1e400", "1e-400, which is nought", obj(value="1e-400"), is_(0.0)),
    Case("100,000 brackets", "100,000 of them", [("[", 100_000)], "too-large"),
    Case("100,000 brackets", "as many as fit", [("[", 60_000)], "not-a-number"),
    Case("100,000 brackets", "under the value", ['{"value":', ("[", 60_000)], "not-json"),
    Case("100,000 brackets", "objects under a key that nobody knows", ['{"value":1,"x":', ('{"a":', 10_000)], "not-json"),
    Case("100,000 brackets", "brackets that all close", ['{"value":1,"x":', ("[", 30_000), ("]", 30_000), "}"], "not-json"),
    *(
        Case("100,000 brackets", f"{depth} that close, as {key}", ['{"value":21,"' + key + '":', ("[", depth), ("]", depth), "}"], reason)
        for depth in (2, 99)
        for key, reason in (("unit", "unknown-unit"), ("time", "bad-time"), ("sequence", "bad-sequence"))
    ),
    *(
        Case("100,000 brackets", f"{depth} under the value that close", ['{"value":', ("[", depth), ("]", depth), "}"], "not-a-number")
        for depth in (2, 99)
    ),
    *(
        Case("100,000 brackets", f"{depth} {where} that close", [head, ("[", depth), ("]", depth), "}"], "not-json")
        for depth in (100, 498, 600, 900)
        for where, head in (
            ("under the value", '{"value":'),
            ("as the unit", '{"value":21,"unit":'),
            ("where nobody looks", '{"value":21,"x":'),
        )
    ),
    Case("100,000 brackets", "99 where nobody looks", ['{"value":21,"x":', ("[", 99), ("]", 99), "}"], is_(21.0)),
    Case("100,000 brackets", "side by side", ['{"value":21,"x":[', ("[],", 10_000), "[]]}"], is_(21.0)),
    Case("100,000 brackets", "in a text", ['{"value":21,"x":"', ("[", 60_000), '"}'], is_(21.0)),
    Case("100,000 brackets", "objects, 99 and 100 of them", ['{"value":21,"x":', ('{"a":', 99), "1", ("}", 99), "}"], is_(21.0)),
    Case("5,000 and 4,300 digits", "400", ['{"value":', ("9", 400), "}"], "not-finite"),
    Case("5,000 and 4,300 digits", "4,300", ['{"value":', ("9", 4300), "}"], "not-finite"),
    Case("5,000 and 4,300 digits", "5,000", ['{"value":', ("9", 5000), "}"], "not-finite"),
    Case("5,000 and 4,300 digits", "60,000", ['{"value":', ("9", 60_000), "}"], "not-finite"),
    Case("5,000 and 4,300 digits", "5,000 without an object", [("9", 5000)], "not-finite"),
    Case("5,000 and 4,300 digits", "5,000 in a time", ['{"value":21,"time":', ("9", 5000), "}"], "bad-time"),
    Case("5,000 and 4,300 digits", "5,000 in a sequence", ['{"value":21,"sequence":', ("9", 5000), "}"], "bad-sequence"),
    Case("5,000 and 4,300 digits", "5,000 where nobody looks", ['{"value":21,"x":', ("9", 5000), "}"], is_(21.0)),
    Case("5,000 and 4,300 digits", "60,000 behind the point", ['{"value":21.', ("0", 60_000), "}"], is_(21.0)),
    Case("duplicate keys", "the value", b'{"value":21,"value":99}', "duplicate-key"),
    Case("duplicate keys", "the value with the same number", b'{"value":21,"value":21}', "duplicate-key"),
    Case("duplicate keys", "the value, once with an escape", b'{"value":21,"valu\\u0065":99}', "duplicate-key"),
    Case("duplicate keys", "the documented form and the value again", STANDARD[:-1] + b',"value":99}', "duplicate-key"),
    Case("duplicate keys", "the time", b'{"value":21,"unit":"C","time":1700000000123,"time":1700000000124}', "duplicate-key"),
    Case("duplicate keys", "the value under two names", obj(value="21", temperature="99"), "duplicate-key"),
    Case("duplicate keys", "one that nobody knows", b'{"value":21,"x":1,"x":2}', "duplicate-key"),
    Case("duplicate keys", "the last of 7,000", ["{", ('"%d":1,', 7000), '"6999":1,"value":21}'], "duplicate-key"),
    Case("lone surrogate", "where nobody looks", b'{"value":21,"x":"\\ud800"}', is_(21.0)),
    Case("lone surrogate", "as a unit", b'{"value":21,"unit":"\\ud800"}', "unknown-unit"),
    Case("lone surrogate", "as a key, twice", b'{"value":21,"\\ud800":1,"\\ud800":2}', "duplicate-key"),
    Case("lone surrogate", "as a time", b'{"value":21,"time":"\\udfff"}', "bad-time"),
    Case("\\u0000 in a name", "in a key that nobody knows", b'{"value":21,"a\\u0000b":1}', is_(21.0)),
    Case("\\u0000 in a name", "behind a key that we know", b'{"value\\u0000":21}', "no-value"),
    Case("\\u0000 in a name", "a raw one", b'{"value":21,"a\x00b":1}', "not-json"),
    Case("1e6 keys", "a million", ["{", ('"%d":1,', 1_000_000), '"value":21}'], "too-large"),
    Case("1e6 keys", "as many as fit", ["{", ('"%d":1,', 7000), '"value":21}'], is_(21.0)),
    Case("1e6 keys", "a thousand and no value", ["{", ('"k%d":1,', 1000), '"x":1}'], "no-value"),
    Case("1e6 keys", "a list of as many as fit", ['{"value":21,"x":[', ("1,", 32_000), "1]}"], is_(21.0)),
    Case("hash-flood keys", "names that begin alike", ["{", ('"AaAaAaAaAaAaAaAa%d":1,', 2000), '"value":21}'], is_(21.0)),
    Case("hash-flood keys", "numbers that share their lowest bits", ["{", ('"%d0000000000000000":1,', 2000), '"value":21}'], is_(21.0)),
    Case("trailing data", "a letter", STANDARD + b"x", "not-json"),
    Case("trailing data", "a second object", STANDARD + STANDARD, "not-json"),
    Case("trailing data", "a second object on its own line", STANDARD + b"\n" + STANDARD, "not-json"),
    Case("trailing data", "a NUL", STANDARD + b"\x00", "not-json"),
    Case("trailing data", "two numbers", b"21.5 22.5", "not-a-number"),
    Case("comments", "inside", b'{"value":21/* C */}', "not-json"),
    Case("comments", "at the end of the line", b'{"value":21} // C', "not-json"),
    Case("comments", "a trailing comma", b'{"value":21,}', "not-json"),
    Case("comments", "single quotes", b"{'value':21}", "not-json"),
    Case("comments", "a key without quotes", b"{value:21}", "not-json"),
    Case("comments", "a raw newline in text", b'{"value":21,"unit":"C\n"}', "not-json"),
    Case("comments", "a number that JSON does not know", b'{"value":021}', "not-json"),
    Case("comments", "a plus before a number", b'{"value":+21}', "not-json"),
    Case("comments", "an unknown escape", b'{"value":21,"x":"\\q"}', "not-json"),
    Case("top-level array, number, null", "a list", b"[21]", "not-a-number"),
    Case("top-level array, number, null", "a list of an object", b'[{"value":21}]', "not-a-number"),
    Case("top-level array, number, null", "a number", b"23.46", is_(23.46)),
    Case("top-level array, number, null", "null", b"null", "not-a-number"),
    Case("top-level array, number, null", "a text", b'"21.5"', "not-a-number"),
    Case("top-level array, number, null", "an empty object", b"{}", "no-value"),
    Case("top-level array, number, null", "an empty list", b"[]", "not-a-number"),
    Case("top-level array, number, null", "no value", obj(unit='"C"'), "no-value"),
    Case("top-level array, number, null", "null as the value", obj(value="null"), "no-value"),
]

VALUES: Final[list[Case]] = [
    Case("true and false", "true", obj(value="true"), "not-a-number"),
    Case("true and false", "false", obj(value="false"), "not-a-number"),
    Case("true and false", "bare true", b"true", "not-a-number"),
    Case("true and false", "true as a sequence", obj(value="21", sequence="true"), "bad-sequence"),
    Case("true and false", "true as a time", obj(value="21", time="true"), "bad-time"),
    Case('"21.5"', "text", obj(value='"21.5"'), "not-a-number"),
    Case('"21.5"', "empty text", obj(value='""'), "not-a-number"),
    Case('"21.5"', "a list", obj(value="[21.5]"), "not-a-number"),
    Case('"21.5"', "an object", obj(value='{"value":21}'), "not-a-number"),
    Case("1_0", "in JSON", obj(value="1_0"), "not-json"),
    Case("1_0", "bare", b"1_0", "not-a-number"),
    Case("1_0", "hexadecimal", b"0x15", "not-a-number"),
    Case("full-width digits", "in JSON", '{"value":２１}'.encode(), "not-json"),
    Case("full-width digits", "bare", "２１".encode(), "not-a-number"),
    Case("full-width digits", "Arabic digits", "٢١".encode(), "not-a-number"),
    Case("full-width digits", "a minus sign that is no hyphen", "−21".encode(), "not-a-number"),
    Case('" nan "', "with spaces", b" nan ", "not-finite"),
    Case('" nan "', "in capitals", b"NaN", "not-finite"),
    Case('" nan "', "minus inf", b"-inf", "not-finite"),
    Case('" nan "', "infinity", b"Infinity", "not-finite"),
    Case('" nan "', "1e400", b"1e400", "not-finite"),
    Case('" nan "', "as text", obj(value='"nan"'), "not-a-number"),
    Case("-0.0", "bare", b"-0.0", is_(0.0)),
    Case("-0.0", "in JSON", obj(value="-0.0"), is_(0.0)),
    Case("5e-324", "the smallest float", b"5e-324", is_(5e-324)),
    Case("1e308", "the largest, which is no temperature but a number", b"1e308", is_(1e308)),
    Case("1e308", "in Fahrenheit", obj(value="1e308", unit='"F"'), is_(round(1e308 / 1.8, 6))),
    Case("1e308", "minus 1e308", b"-1e308", "below-absolute-zero"),
    Case("-273.16", "colder than absolute zero", b"-273.16", "below-absolute-zero"),
    Case("-273.16", "in the documented form", STANDARD.replace(b"23.46", b"-273.16"), "below-absolute-zero"),
    Case("-273.16", "less than nought kelvin", obj(value="-0.01", unit='"K"'), "below-absolute-zero"),
    Case("-273.16", "in Fahrenheit", obj(value="-459.68", unit='"F"'), "below-absolute-zero"),
    Case("-273.16", "exactly absolute zero", b"-273.15", is_(-273.15)),
    Case("-273.16", "absolute zero in Fahrenheit", obj(value="-459.67", unit='"F"'), is_(-273.15)),
    Case("85.0", "what a DS18B20 says at power-on, and a hot rack too", b"85.0", is_(85.0)),
    Case("-127", "what a DS18B20 says when it is gone", b"-127", is_(-127.0)),
    Case("-127", "in the documented form", STANDARD.replace(b"23.46", b"-127"), is_(-127.0, T0, 42)),
    Case("0xFFFF/10", "tenths of 16 bits", b"6553.5", is_(6553.5)),
    Case("0xFFFF/10", "hundredths of 16 bits with a sign", b"327.67", is_(327.67)),
    Case("Fahrenheit and kelvin", "75.2 °F", obj(value="75.2", unit='"F"'), is_(24.0)),
    Case("Fahrenheit and kelvin", "297.15 K", obj(value="297.15", unit='"K"'), is_(24.0)),
    Case("Fahrenheit and kelvin", "75.2 that says it is Celsius", obj(value="75.2", unit='"C"'), is_(75.2)),
    Case("Fahrenheit and kelvin", "297.15 that says it is Celsius", obj(value="297.15", unit='"C"'), is_(297.15)),
    Case("Fahrenheit and kelvin", "24 that says it is kelvin", obj(value="24", unit='"K"'), is_(-249.15)),
    Case("Fahrenheit and kelvin", "24 that says it is Fahrenheit", obj(value="24", unit='"F"'), is_(-4.444444)),
    *(
        Case("Fahrenheit and kelvin", f"the unit {unit}", obj(value=value, unit=f'"{unit}"'), is_(24.5))
        for value, units in (
            ("24.5", ("C", "c", "°C", "Cel", "degC", "celsius", " Celsius", "℃")),
            ("76.1", ("°F", "degF", "[degF]", "Fahrenheit")),
        )
        for unit in units
    ),
    Case("Fahrenheit and kelvin", "the unit Kelvin", obj(value="297.65", unit='"Kelvin"'), is_(24.5)),
    Case("Fahrenheit and kelvin", "a unit written with an escape", b'{"value":24.5,"unit":"\\u00b0C"}', is_(24.5)),
    Case("unit missing", "none", obj(value="24.5"), is_(24.5)),
    Case("unit missing", "null", obj(value="24.5", unit="null"), is_(24.5)),
    Case("unit missing", "empty", obj(value="24.5", unit='""'), "unknown-unit"),
    Case("unit missing", "a number", obj(value="24.5", unit="1"), "unknown-unit"),
    Case("unit missing", "of pressure", obj(value="24.5", unit='"Pa"'), "unknown-unit"),
    Case("unit missing", "an escape sequence", b'{"value":21,"unit":"\\u001b[2J"}', "unknown-unit"),
    Case("unit missing", "behind a bare number", b"21.5 C", "not-a-number"),
    Case("unit missing", "60,000 letters", ['{"value":21,"unit":"', ("C", 60_000), '"}'], "unknown-unit"),
    Case("bare numbers", "a number", b"23.46", is_(23.46)),
    Case("bare numbers", "an integer", b"23", is_(23.0)),
    Case("bare numbers", "a negative number", b"-4.5", is_(-4.5)),
    Case("bare numbers", "of fixed width, as printf makes it", b"+023.50", is_(23.5)),
    Case("bare numbers", "with a newline", b" 23.46\r\n", is_(23.46)),
    Case("bare numbers", "with an exponent", b"2.346e1", is_(23.46)),
    Case("bare numbers", "a comma for the point", b"21,5", "not-a-number"),
    Case("bare numbers", "a point at the end", b"21.", "not-a-number"),
    Case("bare numbers", "a point at the beginning", b".5", "not-a-number"),
]
