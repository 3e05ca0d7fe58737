"""What is no single reading: reports of cooling units, presence of units and gateways, notes, clocks and packs."""

from collections.abc import Iterator
from typing import Final

from .lines import T0, Line, Piece, line

REPORT: Final = "dc/h1/units/crac-1/report"
STATES: Final = ("dc/h1/units/crac-1/state", "dc/h1/gateways/cafe.rack/state")
NOTE: Final = "hotzone/corpus/note"
CLOCK: Final = "hotzone/corpus/clock"
GOOD: Final = b'{"fan":55.0,"command":60.0,"number":7,"supply":18.2,"return":27.9,"mode":"remote"}'

REPORTS: Final[list[tuple[str, bytes | list[Piece]]]] = [
    ("nothing", b""),
    ("no JSON", b"55"),
    ("a list", b"[55]"),
    ("no fan", GOOD.replace(b"fan", b"fun")),
    ("text for the fan", GOOD.replace(b"55.0", b'"55"')),
    ("true for the fan", GOOD.replace(b"55.0", b"true")),
    ("NaN for the fan", GOOD.replace(b"55.0", b"NaN")),
    ("1e400 for the fan", GOOD.replace(b"55.0", b"1e400")),
    ("1e308 for the fan", GOOD.replace(b"55.0", b"1e308")),
    ("-1e308 for the fan", GOOD.replace(b"55.0", b"-1e308")),
    ("a number of 31 digits", GOOD.replace(b":7,", b":1" + b"0" * 30 + b",")),
    ("a number of 2^64", GOOD.replace(b":7,", b":18446744073709551616,")),
    ("a number under -2^63", GOOD.replace(b":7,", b":-9223372036854775809,")),
    ("a number of 5,000 digits", ['{"fan":55,"number":', ("9", 5000), "}"]),
    ("1e308 for the command", GOOD.replace(b"60.0", b"1e308")),
    ("NaN for the supply", GOOD.replace(b"18.2", b"NaN")),
    ("a mode of 60,000 letters", ['{"fan":55,"mode":"', ("m", 60_000), '"}']),
    ("an escape sequence for the mode", GOOD.replace(b'"remote"', b'"\\u001b[2J"')),
    ("a line separator in the mode", GOOD.replace(b'"remote"', b'"a\\u2028b"')),
    ("text from right to left in the mode", GOOD.replace(b'"remote"', b'"\\u202eetomer"')),
    ("brackets without end", ['{"fan":55,"x":', ("[", 60_000)]),
    ("something after its end", GOOD + b"x"),
    ("bytes that are no text", GOOD.replace(b"remote", b"\xff")),
]
NOTES: Final[list[tuple[str, bytes]]] = [
    ("nothing", b""),
    ("no JSON", b"fault"),
    ("no kind", b'{"text":"door open"}'),
    ("a number for the text", b'{"kind":"fault","text":1}'),
    ("a time of 31 digits", b'{"kind":"fault","text":"x","at":1' + b"0" * 30 + b"}"),
    ("NaN for the value", b'{"kind":"truth","text":"x","value":NaN}'),
    ("bytes that are no text", b'{"kind":"fault","text":"\xff"}'),
]
CLOCKS: Final[list[tuple[str, bytes]]] = [
    ("no JSON", b"noon"),
    ("no rate", b'{"hall":%d,"wall":%d}' % (T0, T0)),
    ("a rate of nought", b'{"hall":%d,"wall":%d,"rate":0.0}' % (T0, T0)),
    ("a rate that goes back", b'{"hall":%d,"wall":%d,"rate":-1.0}' % (T0, T0)),
    ("a rate of 61", b'{"hall":%d,"wall":%d,"rate":61.0}' % (T0, T0)),
    ("a rate of NaN", b'{"hall":%d,"wall":%d,"rate":NaN}' % (T0, T0)),
    ("beyond what a log can hold", b'{"hall":9223372036854775807,"wall":%d,"rate":60.0}' % T0),
    ("of 31 digits", b'{"hall":1%s,"wall":%d,"rate":1.0}' % (b"0" * 30, T0)),
    ("before 2001", b'{"hall":-5,"wall":%d,"rate":1.0}' % T0),
    ("a wall clock of 2262", b'{"hall":%d,"wall":9223372036854775807,"rate":1.0}' % T0),
    ("a wall clock at power-on", b'{"hall":%d,"wall":12,"rate":60.0}' % T0),
]
PACK: Final = "dc/h1/gateways/cafe.rack/readings"
PACKS: Final[list[tuple[str, bytes | list[Piece], str]]] = [
    ("nothing", b"", "empty"),
    ("no record", b"[]", "empty"),
    ("no JSON", b"[21.5", "not-json"),
    ("brackets without end", [("[", 60_000)], "not-json"),
    ("bytes that are no text", b"[\xff]", "not-utf8"),
    ("a number", b"21.5", "not-a-pack"),
    ("one record by itself", b'{"id":"x","value":21.5}', "not-a-pack"),
    ("a list of numbers", b"[21.5,22.5]", "not-a-pack"),
    ("a list in a list", b'[[{"id":"x","value":21.5}]]', "not-a-pack"),
    ("70,000 bytes", ["[", ('{"id":"x","value":21.5},', 3_000), '{"id":"x","value":21.5}]'], "too-large"),
    ("another's thermometer", b'[{"id":"bytes/bytes-1/in-1","value":99.0}]', "unknown-sensor"),
    ("a record of nobody", b'[{"value":99.0}]', "unknown-sensor"),
    ("a number for the id", b'[{"id":1,"value":99.0}]', "unknown-sensor"),
    ("an id twice", b'[{"id":"x","id":"y","value":21.5}]', "duplicate-key"),
    ("true for the value", b'[{"id":"x","value":true}]', "not-a-number"),
    ("a later version of SenML", b'[{"bver":11,"n":"x","v":21.5}]', "not-a-pack"),
    ("SenML that must be understood", b'[{"n":"x","v":21.5,"must_":1}]', "not-a-pack"),
    ("SenML of a switch", b'[{"n":"x","vb":true}]', "not-a-number"),
    ("SenML of humidity", b'[{"n":"x","u":"%RH","v":40}]', "unknown-unit"),
    ("SenML without a value", b'[{"n":"x"}]', "no-value"),
    ("SenML of no time", b'[{"n":"x","t":"now","v":21.5}]', "bad-time"),
]


def lines() -> Iterator[Line]:
    """All of them."""
    yield line("unit report", "a good one", GOOD, topic=REPORT, expect="accept")
    for name, payload in REPORTS:
        yield line("unit report", name, payload, topic=REPORT, expect="reject", reason="bad-message")
    for topic in STATES:
        whose = "unit" if "units" in topic else "gateway"
        yield line(f"{whose} state", "online", b"online", topic=topic, expect="accept")
        for name, raw in (("nothing", b""), ("capitals", b"ONLINE"), ("a newline", b"online\n"), ("true", b"true"), ("bytes", b"\xff\xfe")):
            yield line(f"{whose} state", name, raw, topic=topic, expect="reject", reason="bad-message")
        yield line(f"{whose} state", "60,000 letters", [("online", 10_000)], topic=topic, expect="reject", reason="bad-message")
    yield line("note", "a good one", b'{"kind":"fault","text":"a fan stands"}', topic=NOTE, expect="accept")
    yield line("note", "an escape sequence", b'{"kind":"fault","text":"\\u001b[2J\\u2028[red]"}', topic=NOTE, expect="accept")
    for name, raw in NOTES:
        yield line("note", name, raw, topic=NOTE, expect="reject", reason="bad-message")
    for name, raw in CLOCKS:
        yield line("clock", name, raw, topic=CLOCK, expect="reject", reason="bad-message")
    for name, payload, why in PACKS:
        yield line("pack", name, payload, topic=PACK, expect="reject", reason=why)
