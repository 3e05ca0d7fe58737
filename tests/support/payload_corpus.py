"""Payloads that thermometers, gateways and mischief have produced, each with the verdict that it deserves.

A case is `(name, payload, expected)`; expected is `(celsius, measured_at, sequence)` or the `Reason` of its rejection.
"""

import gzip

from hotzone.sensors.payload import MAX_BYTES, Reason

NOW = 1_700_000_000_123_000_000
STANDARD = b'{"value":23.46,"unit":"C","time":1700000000123,"sequence":42}'

Expected = tuple[float, int | None, int | None] | Reason
Case = tuple[str, bytes, Expected]


def _object(**texts: str) -> bytes:
    return ("{" + ",".join(f'"{key}":{text}' for key, text in texts.items()) + "}").encode()


ACCEPTED: list[Case] = [
    ("the documented form", STANDARD, (23.46, NOW, 42)),
    (
        "the documented form, other order and white space",
        b' {"sequence" : 42, "time":1700000000123,\n"unit":"C","value":23.46}\n',
        (23.46, NOW, 42),
    ),
    ("a bare number", b"23.46", (23.46, None, None)),
    ("a bare integer", b"23", (23.0, None, None)),
    ("one byte", b"7", (7.0, None, None)),
    ("a bare negative number", b"-4.5", (-4.5, None, None)),
    ("a bare number of fixed width, as printf makes it", b"+023.50", (23.5, None, None)),
    ("a bare number and a newline", b" 23.46\r\n", (23.46, None, None)),
    ("a bare number with an exponent", b"2.346e1", (23.46, None, None)),
    ("minus nought", b"-0.0", (0.0, None, None)),
    ("the smallest float", b"5e-324", (5e-324, None, None)),
    ("the largest float, which is no temperature but a number", b"1e308", (1e308, None, None)),
    ("exactly absolute zero", b"-273.15", (-273.15, None, None)),
    ("85.0, which a DS18B20 says at power-on, and a hot rack too", b"85.0", (85.0, None, None)),
    ("-127, which a DS18B20 says when it is gone: out of range, not unreadable", b"-127", (-127.0, None, None)),
    ("0xFFFF tenths: out of range, not unreadable", b"6553.5", (6553.5, None, None)),
    ("only a value", _object(value="21"), (21.0, None, None)),
    ("null where something is optional", _object(value="21", unit="null", time="null", sequence="null"), (21.0, None, None)),
    ("keys that nobody knows", _object(value="21", battery="97", place='{"x":1,"y":[1,2]}'), (21.0, None, None)),
    ("minus nought as a value", _object(value="-0.0"), (0.0, None, None)),
    ("other names of the keys", _object(temperature="21", ts="1700000000123", seq="7"), (21.0, NOW, 7)),
    ("a NUL in a key that nobody knows", b'{"value":21,"a\\u0000b":1}', (21.0, None, None)),
    ("a lone surrogate that nobody reads", b'{"value":21,"x":"\\ud800"}', (21.0, None, None)),
    ("a key written with an escape", b'{"v\\u0061lue":21}', (21.0, None, None)),
    ("a colon inside of text", b'{"value":21,"unit":"C","place":"a:b"}', (21.0, None, None)),
    ("a prototype's name as a key", _object(value="21", __proto__="1", constructor="2"), (21.0, None, None)),
    ("seconds", _object(value="21", time="1700000000"), (21.0, 1_700_000_000_000_000_000, None)),
    ("seconds with a fraction", _object(value="21", time="1700000000.123"), (21.0, NOW, None)),
    ("milliseconds with a fraction", _object(value="21", time="1700000000123.5"), (21.0, NOW + 500_000, None)),
    ("microseconds", _object(value="21", time="1700000000123000"), (21.0, NOW, None)),
    ("nanoseconds", _object(value="21", time="1700000000123000001"), (21.0, NOW + 1, None)),
    ("milliseconds with an exponent", _object(value="21", time="1.700000000123e12"), (21.0, NOW, None)),
    ("ISO 8601 in UTC", _object(value="21", time='"2023-11-14T22:13:20.123Z"'), (21.0, NOW, None)),
    ("ISO 8601 with an offset", _object(value="21", time='"2023-11-15T03:43:20.123+05:30"'), (21.0, NOW, None)),
    ("a sequence just before it wraps at 2^32", _object(value="21", sequence="4294967295"), (21.0, None, 2**32 - 1)),
    ("the largest sequence", _object(value="21", sequence="9223372036854775807"), (21.0, None, 2**63 - 1)),
    ("64 KiB", _object(value="21") + b" " * (MAX_BYTES - 12), (21.0, None, None)),
    *(
        (f"the unit {unit}", _object(value="24.5", unit=f'"{unit}"'), (24.5, None, None))
        for unit in ("C", "c", "°C", "Cel", "degC", "celsius", " Celsius", "℃")
    ),
    *(
        (f"the unit {unit}", _object(value="75.2", unit=f'"{unit}"'), (24.0, None, None))
        for unit in ("F", "°F", "degF", "[degF]", "Fahrenheit")
    ),
    *((f"the unit {unit}", _object(value="297.15", unit=f'"{unit}"'), (24.0, None, None)) for unit in ("K", "kelvin", "Kelvin")),
    ("a unit written with an escape", b'{"value":24.5,"unit":"\\u00b0C"}', (24.5, None, None)),
    ("absolute zero in Fahrenheit", _object(value="-459.67", unit='"F"'), (-273.15, None, None)),
    ("a huge number of Fahrenheit", _object(value="1e308", unit='"F"'), (round(1e308 / 1.8, 6), None, None)),
]

REJECTED: list[Case] = [
    ("nothing", b"", Reason.EMPTY),
    ("white space", b" \r\n", Reason.EMPTY),
    ("64 KiB and one byte", _object(value="21") + b" " * (MAX_BYTES - 11), Reason.TOO_LARGE),
    ("64 KiB and one byte in the documented form", STANDARD + b" " * (MAX_BYTES - len(STANDARD) + 1), Reason.TOO_LARGE),
    ("64 KiB and one byte around a bare number", b"21" + b" " * MAX_BYTES, Reason.TOO_LARGE),
    ("10 MB", b"1" * 10_000_000, Reason.TOO_LARGE),
    ("a UTF-8 byte order mark", b"\xef\xbb\xbf" + STANDARD, Reason.NOT_A_NUMBER),
    ("UTF-16 with a byte order mark", STANDARD.decode().encode("utf-16"), Reason.NOT_UTF8),
    ("UTF-16 without one", STANDARD.decode().encode("utf-16-le"), Reason.NOT_JSON),
    ("UTF-32", STANDARD.decode().encode("utf-32-be"), Reason.NOT_A_NUMBER),
    ("gzip", gzip.compress(STANDARD, mtime=0), Reason.NOT_UTF8),
    ("zstandard", b"\x28\xb5\x2f\xfd\x20\x3d", Reason.NOT_UTF8),
    ("bad UTF-8 in a unit", b'{"value":21,"unit":"\xffC"}', Reason.NOT_UTF8),
    ("bad UTF-8 where nobody looks", b'{"value":21,"x":"\xff"}', Reason.NOT_UTF8),
    ("an encoded surrogate", b'{"value":21,"unit":"\xed\xa0\x80"}', Reason.NOT_UTF8),
    ("an overlong encoding", b'{"value":21,"unit":"\xc0\xaf"}', Reason.NOT_UTF8),
    ("NaN in JSON", _object(value="NaN"), Reason.NOT_FINITE),
    ("Infinity in JSON", _object(value="-Infinity"), Reason.NOT_FINITE),
    ("1e400 in JSON", _object(value="1e400"), Reason.NOT_FINITE),
    ("an integer of 400 digits", _object(value="9" * 400), Reason.NOT_FINITE),
    ("an integer of 5,000 digits", _object(value="9" * 5000), Reason.NOT_FINITE),
    ("an integer of 60,000 digits", _object(value="9" * 60_000), Reason.NOT_FINITE),
    ("bare NaN", b" nan ", Reason.NOT_FINITE),
    ("bare infinity", b"-inf", Reason.NOT_FINITE),
    ("bare 1e400", b"1e400", Reason.NOT_FINITE),
    ("5,000 bare digits", b"9" * 5000, Reason.NOT_FINITE),
    ("a hundred thousand brackets, of which 64 KiB fit", b"[" * 60_000, Reason.NOT_A_NUMBER),
    ("brackets without end under the value", b'{"value":' + b"[" * 60_000, Reason.NOT_JSON),
    ("objects without end under an unknown key", b'{"value":1,"x":' + b'{"a":' * 10_000, Reason.NOT_JSON),
    ("brackets that all close", b'{"value":1,"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}", Reason.NOT_JSON),
    ("the value twice", b'{"value":21,"value":99}', Reason.DUPLICATE_KEY),
    ("the value twice, once with an escape", b'{"value":21,"valu\\u0065":99}', Reason.DUPLICATE_KEY),
    ("the documented form and the value again", STANDARD[:-1] + b',"value":99}', Reason.DUPLICATE_KEY),
    (
        "the documented form with the time twice and the sequence never",
        b'{"value":21,"unit":"C","time":1700000000123,"time":1700000000124}',
        Reason.DUPLICATE_KEY,
    ),
    ("the value under two names", _object(value="21", temperature="99"), Reason.DUPLICATE_KEY),
    ("an unknown key twice", b'{"value":21,"x":1,"x":2}', Reason.DUPLICATE_KEY),
    ("something after the end", STANDARD + b"x", Reason.NOT_JSON),
    ("two objects", STANDARD + STANDARD, Reason.NOT_JSON),
    ("a comment", b'{"value":21/* C */}', Reason.NOT_JSON),
    ("a trailing comma", b'{"value":21,}', Reason.NOT_JSON),
    ("single quotes", b"{'value':21}", Reason.NOT_JSON),
    ("a raw newline in text", b'{"value":21,"unit":"C\n"}', Reason.NOT_JSON),
    ("a number that JSON does not know", b'{"value":021}', Reason.NOT_JSON),
    ("full-width digits in JSON", '{"value":２１}'.encode(), Reason.NOT_JSON),
    ("an underscore in JSON", _object(value="1_0"), Reason.NOT_JSON),
    ("a list", b"[21]", Reason.NOT_A_NUMBER),
    ("null", b"null", Reason.NOT_A_NUMBER),
    ("bare true", b"true", Reason.NOT_A_NUMBER),
    ("a bare string", b'"21.5"', Reason.NOT_A_NUMBER),
    ("bare full-width digits", "２１".encode(), Reason.NOT_A_NUMBER),
    ("a bare underscore", b"1_0", Reason.NOT_A_NUMBER),
    ("hexadecimal", b"0x15", Reason.NOT_A_NUMBER),
    ("a comma for the point", b"21,5", Reason.NOT_A_NUMBER),
    ("a number and its unit", b"21.5 C", Reason.NOT_A_NUMBER),
    ("two numbers", b"21.5 22.5", Reason.NOT_A_NUMBER),
    ("a NUL at the end", b"21.5\x00", Reason.NOT_A_NUMBER),
    ("true as a value", _object(value="true"), Reason.NOT_A_NUMBER),
    ("a string as a value", _object(value='"21.5"'), Reason.NOT_A_NUMBER),
    ("a list as a value", _object(value="[21.5]"), Reason.NOT_A_NUMBER),
    ("an object as a value", _object(value='{"value":21}'), Reason.NOT_A_NUMBER),
    ("null as a value", _object(value="null"), Reason.NO_VALUE),
    ("no value", _object(unit='"C"'), Reason.NO_VALUE),
    ("an empty object", b"{}", Reason.NO_VALUE),
    ("a thousand keys and no value", _object(**{f"k{index}": "1" for index in range(1000)}), Reason.NO_VALUE),
    ("a unit of pressure", _object(value="21", unit='"Pa"'), Reason.UNKNOWN_UNIT),
    ("an empty unit", _object(value="21", unit='""'), Reason.UNKNOWN_UNIT),
    ("a number as a unit", _object(value="21", unit="1"), Reason.UNKNOWN_UNIT),
    ("a lone surrogate as a unit", b'{"value":21,"unit":"\\ud800"}', Reason.UNKNOWN_UNIT),
    ("an escape sequence as a unit", b'{"value":21,"unit":"\\u001b[2J"}', Reason.UNKNOWN_UNIT),
    ("colder than absolute zero", b"-273.16", Reason.BELOW_ABSOLUTE_ZERO),
    ("colder than absolute zero in the documented form", STANDARD.replace(b"23.46", b"-273.16"), Reason.BELOW_ABSOLUTE_ZERO),
    ("less than nought kelvin", _object(value="-0.01", unit='"K"'), Reason.BELOW_ABSOLUTE_ZERO),
    ("colder than absolute zero in Fahrenheit", _object(value="-459.68", unit='"F"'), Reason.BELOW_ABSOLUTE_ZERO),
    ("-1e308", b"-1e308", Reason.BELOW_ABSOLUTE_ZERO),
    *(
        (f"the time {time[:24]}", _object(value="21", time=time), Reason.BAD_TIME)
        for time in (
            *(
                "0",
                "-1",
                "-1700000000123",
                "true",
                "NaN",
                "Infinity",
                "1e400",
                "9" * 30,
                "9" * 5000,
                "253402300800",
                "17000000001",
                "[]",
                "{}",
            ),
            *('"1700000000123"', '"yesterday"', '""', '"2023-11-14T22:13:60Z"', '"2023-02-30T00:00:00Z"', '"10000-01-01T00:00:00Z"'),
            *(
                '"0001-01-01T00:00:00+14:00"',
                '"1970-01-01T00:00:00Z"',
                '"2300-01-01T00:00:00Z"',
                '"２０２３-11-14T22:13:20Z"',
                '"2023-11-14T22:13:20.123 UTC"',
            ),
        )
    ),
    ("ISO 8601 without a zone", _object(value="21", time='"2023-11-14T22:13:20.123"'), Reason.NO_ZONE),
    ("only a date", _object(value="21", time='"2023-11-14"'), Reason.NO_ZONE),
    *(
        (f"the sequence {sequence[:24]}", _object(value="21", sequence=sequence), Reason.BAD_SEQUENCE)
        for sequence in ("-1", "9223372036854775808", "42.0", "true", '"42"', "[]", "9" * 5000, "NaN")
    ),
]

CASES: list[Case] = ACCEPTED + REJECTED
