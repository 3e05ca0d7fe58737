"""Site files that cannot be used, and what is to be said of each: where it is, what was found, what was expected, the nearest name."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from .lines import Piece

ZONE: Final = "halls.h1.zones.A1"
SMALL: Final = """
name = "t"
[halls.h1]
cooling.count = 1
[halls.h1.zones.A1]
layout.count = 2
"""
"""What a text is appended to, unless it is a whole file: one hall, one zone, two racks of six, one unit."""


class SiteFile(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A site file and what is said of it: `key`, and parts of `found` and `expected`; `nearest` in full.

    `text` follows `SMALL`, unless `whole`. `secret` is the content of a file `secret.txt` beside it, of the mode `mode`.
    """

    id: str
    entry: str
    text: list[Piece]
    whole: bool = False
    secret: str | None = None
    mode: str = ""
    key: str
    found: str
    expected: str
    nearest: str | None = None


BAD: Final[list[tuple[str, str, str, str, str, str | None]]] = [
    # name, text after SMALL, key, found, expected, nearest
    ("an unknown table at the top", "[brocker]", "brocker", "an unknown key", "broker", "broker"),
    ("a key in plain text", "[halls.h1.units.crac-1]\nkey = 'abc'", "halls.h1.units.crac-1.key", "something else (not shown)", "env", None),
    ("an unknown key of a limit", "limits.high.abvoe = 3", f"{ZONE}.limits.high.abvoe", "an unknown key", "above", "above"),
    ("an unknown key of a zone", "limit = {}", f"{ZONE}.limit", "an unknown key", "limits", "limits"),
    ("a rack's limits", "racks.A1-r01.limits = {}", f"{ZONE}.racks.A1-r01.limits", "an unknown key", "quality", None),
    ("a number for a duration", "quality.period = 10", f"{ZONE}.quality.period", "10", '"30s"', None),
    ("a strange duration", 'quality.period = "10 s"', f"{ZONE}.quality.period", '"10 s"', '"30s"', None),
    ("a text for a number", 'limits.high.above = "hot"', f"{ZONE}.limits.high.above", '"hot"', "a number", None),
    ("true for a number", "limits.high.above = true", f"{ZONE}.limits.high.above", "true", "a number", None),
    ("not a number", "limits.high.above = nan", f"{ZONE}.limits.high.above", "nan", "a number", None),
    ("infinity", "limits.high.above = inf", f"{ZONE}.limits.high.above", "inf", "a number", None),
    ("an endless number", f"limits.high.above = 1{'0' * 400}", f"{ZONE}.limits.high.above", "out of all bounds", "a number", None),
    ("a misspelt choice", 'limits.high.priority = "critcal"', f"{ZONE}.limits.high.priority", '"critcal"', '"critical"', "critical"),
    ("a limit without a bound", "limits.hihg = { hot = true }", f"{ZONE}.limits.hihg", "neither above nor below", "exactly one", "high"),
    ("a limit with two bounds", "limits.high.below = 3", f"{ZONE}.limits.high", "both", "exactly one", None),
    ("a limit taken away that is none", "limits.hihg = false", f"{ZONE}.limits.hihg", "none to take away", "high", "high"),
    ("limits that cross", "limits.low.below = 28", f"{ZONE}.limits.low.below", "warm.above = 27 and low.below = 28", "higher", None),
    ("a limit that no thermometer shows", "limits.high.above = 150", f"{ZONE}.limits.high.above", "150 °C", "-40 to 125", None),
    (
        "a deadband under the resolution",
        "quality.quantum = 1\nlimits.high.deadband = 1",
        f"{ZONE}.limits.high.deadband",
        "1 K",
        "1.5 K",
        None,
    ),
    ("a rule that there is already", "limits.data-lost.above = 30", f"{ZONE}.limits.data-lost", "already", "another name", None),
    (
        "a rate with the name of a limit",
        "rates.high = { rise = 1, over = '1m', share = 1 }",
        f"{ZONE}.rates.high",
        "a limit",
        "another",
        None,
    ),
    ("a rate without a window", "rates.quick = { rise = 2, share = 0.5 }", f"{ZONE}.rates.quick", "no over", "rise, over and share", None),
    ("a window under two periods", "rates.rise.over = '15s'", f"{ZONE}.rates.rise.over", "15s", "20s", None),
    ("a share of nothing", "rates.rise.share = 0", f"{ZONE}.rates.rise.share", "0", "above 0 to 1", None),
    ("a rise that is not believed", "quality.max_rate = 0.01", "rates.fast-rise", "1 K/min", "0.6 K/min", None),
    ("a quorum over one", "presence.quorum = 1.5", f"{ZONE}.presence.quorum", "1.5", "above 0 to 1", None),
    ("a percentile over a hundred", "statistic.percentile = 101", f"{ZONE}.statistic.percentile", "101", "100", None),
    ("more agreement than thermometers", "statistic.k = 7", f"{ZONE}.statistic.k", "k = 7", "at most 6", None),
    ("high under low", "quality = { low = 50, high = 40 }", f"{ZONE}.quality.high", "low 50 and high 40", "low below high", None),
    (
        "stale within a period",
        "quality.stale_after = '10s'",
        f"{ZONE}.quality.stale_after",
        "stale_after 10s",
        "more than one period",
        None,
    ),
    ("late within a period", "quality.late_after = '1s'", f"{ZONE}.quality.late_after", "late_after 1s", "at least one period", None),
    ("a set point past the limit", "control.set_point = 30", f"{ZONE}.control.set_point", "30 °C", "below every limit", None),
    ("fail-safe under the floor", "control.failsafe = 10", f"{ZONE}.control.failsafe", "failsafe 10", "at least the floor", None),
    ("steps that fall", "control.steps = [[25, 50], [24, 60]]", f"{ZONE}.control.steps", "[24, 60] after [25, 50]", "rising", None),
    ("a step that is no pair", "control.steps = [[25]]", f"{ZONE}.control.steps", "an array of 1", "pairs", None),
    ("a zone without thermometers", "[halls.h1.zones.A2]", "halls.h1.zones.A2", "without thermometers", "layout.count", None),
    ("a zone without inlets", "sensors = ['out-top']", ZONE, "none of them an inlet", "at least one inlet", None),
    ("a position that says nothing", "sensors.lid = true", f"{ZONE}.sensors.lid.role", "no role", "in- or out-", None),
    ("a position that is no id", "sensors.'in top' = true", f'{ZONE}.sensors."in top"', "the id", "1 to 64", None),
    ("a position twice", "sensors = ['in-a', 'in-a']", f"{ZONE}.sensors", "twice", "once", None),
    ("a rack that is no id", "racks.'a/b' = {}", f'{ZONE}.racks."a/b"', '"a/b"', "1 to 64", None),
    ("a long id", f"[halls.h1.zones.{'z' * 65}]", f"halls.h1.zones.{'z' * 65}", "the id", "1 to 64", None),
    ("across for a zone", "layout.across = 2", f"{ZONE}.layout.across", "an unknown key", "count", "rows"),
    ("names that are all the same", "layout.name = 'rack'", f"{ZONE}.layout.name", '"rack"', "{n}", None),
    ("a placeholder that is none", "layout.name = '{zon}-{n}'", f"{ZONE}.layout.name", "{zon}", "{zone}", "{zone}"),
    ("names that are no ids", "layout.name = 'r {n}'", f"{ZONE}.layout.name", '"r 1"', "1 to 64", None),
    (
        "a unit that serves nobody we know",
        "[halls.h1.units.crac-1]\nserves = ['A11']",
        "halls.h1.units.crac-1.serves",
        '"A11"',
        "this hall",
        "A1",
    ),
    ("a unit that serves twice", "[halls.h1.units.crac-1]\nserves = ['A1', 'A1']", "halls.h1.units.crac-1.serves", "twice", "once", None),
    (
        "a floor above the ceiling",
        "[halls.h1.units.crac-1]\nfloor = 80\nceiling = 70",
        "halls.h1.units.crac-1.floor",
        "floor 80",
        "not above",
        None,
    ),
    ("yes for on", "[halls.h1.units.crac-1]\ncontrol = 'yes'", "halls.h1.units.crac-1.control", '"yes"', '"on"', None),
    (
        "a unit's inlet",
        "[halls.h1.units.crac-1]\nsensors = ['in-1']",
        "halls.h1.units.crac-1.sensors",
        "no role",
        "supply- or return-",
        None,
    ),
    ("a second zone of one name", "[halls.h2.zones.A1]\nlayout.count = 1", "halls.h2.zones.A1", "a second zone A1", "rename", None),
    ("a hall without zones", "[halls.h2]", "halls.h2.zones", "no zone", "[halls.h2.zones.A1]", None),
    ("a table that is none", "[halls.h2]\nzones = 3", "halls.h2.zones", "3", "a table", None),
    ("a wildcard", "[topics]\nreading = 'dc/+/{rack}/{sensor}'", "topics.reading", "dc/+", "without the wildcards", None),
    ("too many levels", "[topics]\nreading = 'a/b/c/d/e/f/g/{rack}/{sensor}'", "topics.reading", "9 levels", "at most 8", None),
    ("an empty level", "[topics]\nreading = 'dc//{rack}/{sensor}'", "topics.reading", "an empty level", "between each two", None),
    ("the broker's own topics", "[topics]\nbase = '$SYS/{site}'", "topics.base", "$SYS", "does not begin with $", None),
    ("half a level", "[topics]\nreading = 'dc/x-{rack}/{sensor}'", "topics.reading", "x-{rack}", "a whole level", None),
    ("an unknown placeholder", "[topics]\nreading = 'dc/{rak}/{sensor}'", "topics.reading", "{rak}", "{rack}", "{rack}"),
    ("topics without the position", "[topics]\nreading = 'dc/{rack}'", "topics.reading", "dc/{rack}", "{sensor}", None),
    ("unit topics without the unit", "[topics]\ncommand = 'dc/command'", "topics.command", "dc/command", "{unit}", None),
    (
        "one topic for two things",
        "[topics]\ncommand = 'dc/{hall}/units/{unit}/report'",
        "topics.report",
        "commands of crac-1",
        "a topic for each",
        None,
    ),
    ("readings in our own place", "[topics]\nbase = 'dc'", "topics.base", "dc/h1/A1", "hotzone's own", None),
    ("not MQTT", "[broker]\nurl = 'http://b'", "broker.url", "http://b", "mqtt://", None),
    ("a misspelt scheme", "[broker]\nurl = 'mqqt://b'", "broker.url", "mqqt://b", "mqtt://", "mqtt"),
    ("a port out of range", "[broker]\nurl = 'mqtt://b:99999'", "broker.url", "malformed", "mqtt://", None),
    ("a path", "[broker]\nurl = 'mqtt://b/path'", "broker.url", "mqtt://b/path", "mqtt://", None),
    ("QoS 2", "[broker]\nqos = 2", "broker.qos", "2", "0 or 1", None),
    ("a fraction of a second", "[broker]\nkeep_alive = '1500ms'", "broker.keep_alive", "1500ms", "a multiple of 1s", None),
    ("no keep-alive", "[broker]\nkeep_alive = '0s'", "broker.keep_alive", "0s", "1s to", None),
    ("certificates in the clear", "[broker]\nca_file = 'ca.pem'", "broker.ca_file", "a certificate", "mqtts://", None),
    ("half a certificate", "[broker]\nurl = 'mqtts://b'\ncert_file = 'c'", "broker.cert_file", "without key_file", "both or none", None),
    (
        "a fault without a time",
        "[simulation]\nfaults = ['crac-failure:crac-1']",
        "simulation.faults",
        "crac-failure",
        "kind:target@start",
        None,
    ),
    ("a fault at a strange time", "[simulation]\nfaults = ['a:b@soon']", "simulation.faults", "soon", "duration", None),
    ("a small segment", "[recording]\nsegment_bytes = '1KiB'", "recording.segment_bytes", "1KiB", "1MiB", None),
    ("a strange size", "[recording]\nkeep_bytes = '20GB'", "recording.keep_bytes", "20GB", "20GiB", None),
    ("a port that is none", "[http]\nport = 70000", "http.port", "70000", "65535", None),
    ("a handler's own key outside of options", "[handlers.page]\nnumber = 7", "handlers.page.number", "an unknown key", "options", None),
    ("a date for a name", "[handlers.page]\nuse = 2026-01-01", "handlers.page.use", "a date", "printable", None),
    ("too many racks", "[halls.h2.zones.B]\nlayout.count = 10_001", "halls.h2.zones.B.layout.count", "10001", "10000", None),
]

ENTRIES: Final = {
    "an unknown table at the top": "unknown key",
    "an unknown key of a limit": "unknown key",
    "an unknown key of a zone": "unknown key",
    "a rack's limits": "unknown key",
    "across for a zone": "unknown key",
    "a handler's own key outside of options": "unknown key",
    "a position twice": "duplicate sensor",
    "a second zone of one name": "duplicate sensor",
    "not a number": "threshold NaN",
    "infinity": "threshold NaN",
    "an endless number": "threshold NaN",
    "limits that cross": "hi < lo",
    "high under low": "hi < lo",
    "steps that fall": "hi < lo",
    "too many racks": "1e6 zones",
}
"""Which of the rows above are for an item of the catalogue; the others are for `whatever else`."""
_BOMB: Final = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
_FROM_FILE: Final = '[broker]\npassword = { file = "secret.txt" }'

MORE: Final[list[SiteFile]] = [
    SiteFile(
        id="one topic for two thermometers",
        entry="duplicate sensor",
        text=["sensors.in-a.topic = 'dc/one/{rack}'\nsensors.in-b.topic = 'dc/one/{rack}'"],
        key="topics.reading",
        found="A1/A1-r01/in-a",
        expected="a topic for each",
    ),
    SiteFile(
        id="a key twice",
        entry="duplicate sensor",
        text=["layout.rows = 1\nlayout.rows = 2"],
        key="end of document",
        found="overwrite",
        expected="TOML",
    ),
    SiteFile(
        id="a table twice", entry="duplicate sensor", text=["[halls.h1.zones.A1]"], key="line 7, column 19", found="twice", expected="TOML"
    ),
    SiteFile(
        id="a zone inside of itself",
        entry="cycle in zones",
        text=["zones.A1 = {}"],
        key=f"{ZONE}.zones",
        found="an unknown key",
        expected="layout",
    ),
    SiteFile(
        id="a zone that names its parent",
        entry="cycle in zones",
        text=["parent = 'A1'"],
        key=f"{ZONE}.parent",
        found="an unknown key",
        expected="layout",
    ),
    SiteFile(
        id="a hall inside of a hall",
        entry="cycle in zones",
        text=["[halls.h1.halls.h1]"],
        key="halls.h1.halls",
        found="an unknown key",
        expected="zones",
    ),
    SiteFile(
        id="a million zones",
        entry="1e6 zones",
        text=[("[halls.h.zones.z%d]\n", 1_000_000)],
        whole=True,
        key="",
        found="more than 1,048,576 characters",
        expected="layout.count",
    ),
    SiteFile(
        id="2,001 zones",
        entry="1e6 zones",
        text=['name = "t"\nlayout.count = 1\n[halls.h1.zones]\n', ("z%d = {}\n", 2001)],
        whole=True,
        key="halls.h1.zones.z2000",
        found="2,000 zones",
        expected="",
    ),
    SiteFile(
        id="300,000 racks in 30 zones",
        entry="1e6 zones",
        text=['name = "t"\nlayout.count = 10000\n[halls.h1.zones]\n', ("z%d = {}\n", 30)],
        whole=True,
        key="layout.count",
        found="100,000 racks",
        expected="",
    ),
    SiteFile(
        id="a bomb of anchors", entry="YAML anchors bomb", text=[_BOMB], whole=True, key="line 1, column 2", found="=", expected="TOML"
    ),
    SiteFile(
        id="brackets without end",
        entry="YAML anchors bomb",
        text=["a = ", ("[", 100_000)],
        whole=True,
        key="",
        found="nested too deeply",
        expected="TOML",
    ),
    SiteFile(
        id="a key of a thousand levels",
        entry="YAML anchors bomb",
        text=[("a.", 1000), "b = 1\n[a]"],
        whole=True,
        key="line 2, column 3",
        found="twice",
        expected="TOML",
    ),
    *(
        SiteFile(
            id=f"a password that others may read, {mode}",
            entry="secrets file mode 0644",
            text=[_FROM_FILE],
            secret="correct-horse",  # noqa: S106  a canary
            mode=mode,
            key="broker.password",
            found=f"whose mode is {mode}",
            expected="chmod 600",
        )
        for mode in ("0644", "0640", "0604", "0620")
    ),
]
"""Those that need more than a text behind `SMALL`."""


def lines() -> Iterator[SiteFile]:
    """All of them."""
    for name, text, key, found, expected, nearest in BAD:
        entry = ENTRIES.get(name, "whatever else")
        yield SiteFile(id=name, entry=entry, text=[text], key=key, found=found, expected=expected, nearest=nearest)
    yield from MORE
