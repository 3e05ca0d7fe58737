"""Site files that cannot be used: what is said about each."""

from pathlib import Path

import pytest

from hotzone.config import ConfigError, load, loads
from support.site_text import SMALL, problems_of

ZONE = "halls.h1.zones.A1"

BAD = [
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
    ("a unit of a zone's name", "[halls.h1.units.A1]", "halls.h1.units.A1", "a second unit A1, after the zone in h1", "rename", None),
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


@pytest.mark.parametrize(("text", "key", "found", "expected", "nearest"), [pytest.param(*case[1:], id=case[0]) for case in BAD])
def test_a_problem_says_where_what_and_what_instead(text: str, key: str, found: str, expected: str, nearest: str | None) -> None:
    problems = problems_of(SMALL + text)
    assert key in problems, problems
    problem = problems[key]
    assert found in problem.found
    assert expected in problem.expected
    assert problem.nearest == nearest


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "name"),
        ("", "halls"),
        ('name = "a b"', "name"),
        ("name = 5", "name"),
        ('name = "t"\n[halls]', "halls"),
        ('name = "t"\nhalls = []', "halls"),
    ],
)
def test_a_site_needs_a_name_and_a_hall(text: str, key: str) -> None:
    assert key in problems_of(text)


def test_a_default_that_does_not_fit_is_told_once_however_many_zones_inherit_it() -> None:
    text = 'name = "t"\nlimits.warm.above = 10\nlayout.count = 1\ncooling.count = 1\n[halls.h1.zones]\nA1 = {}\nA2 = {}\nA3 = {}'
    with pytest.raises(ConfigError) as raised:
        loads(text)
    assert [problem.key for problem in raised.value.problems] == ["limits.warm.above", "control.set_point"]


def test_one_wrong_value_makes_one_problem() -> None:
    assert list(problems_of(SMALL + 'limits.high.above = "x"\n[halls.h1.zones.A1.rates.rise]\nover = 3')) == [
        f"{ZONE}.limits.high.above",
        f"{ZONE}.rates.rise.over",
    ]


def test_syntax_is_one_problem_with_its_place() -> None:
    with pytest.raises(ConfigError) as raised:
        loads('name = "t"\n[halls\n', file_name="x.toml")
    (problem,) = raised.value.problems
    assert (problem.file, problem.key) == ("x.toml", "line 2, column 7")
    assert "']'" in problem.found


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "x" * 2_000_000, "a." * 1000 + "b = 1\n" + "[a]"])
def test_what_is_made_to_hurt_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError):
        loads(text)


def test_a_huge_site_is_an_error_before_it_is_made() -> None:
    zones = "\n".join(f"z{index} = {{}}" for index in range(30))
    problems = problems_of(f'name = "t"\nlayout.count = 10000\n[halls.h1.zones]\n{zones}')
    assert "100,000 racks" in problems["layout.count"].found


def test_a_million_zones_are_an_error() -> None:
    zones = "\n".join(f"z{index} = {{}}" for index in range(2001))
    assert "2,000 zones" in problems_of(f'name = "t"\nlayout.count = 1\n[halls.h1.zones]\n{zones}')["halls.h1.zones.z2000"].found
    with pytest.raises(ConfigError, match="characters"):
        loads("\n".join(f"[halls.h.zones.z{index}]" for index in range(1_000_000)))


def test_control_characters_do_not_reach_the_terminal() -> None:
    with pytest.raises(ConfigError) as raised:
        loads(SMALL + '"\\u001b[31m" = 1\nlayout.name = "\\u001b[2J"')
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(("content", "found"), [(None, "No such file"), (b"\xff\xfe", "no UTF-8")])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes | None, found: str) -> None:
    path = tmp_path / "site.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=found):
        load(path)


GOLDEN = """\
site.toml: 3 problems

  name
    found     no name
    expected  name = "..." at the top of the file

  halls.h1.zones.A1.limits.high.abvoe
    found     an unknown key
    expected  above, below, deadband, hot, latch, off_delay, on_bad, on_delay or priority
    nearest   above

  broker.qos
    found     2
    expected  0 or 1"""


def test_the_error_is_made_for_people() -> None:
    with pytest.raises(ConfigError) as raised:
        loads("[halls.h1.zones.A1]\nlayout.count = 2\nlimits.high.abvoe = 33\n[broker]\nqos = 2")
    assert str(raised.value) == GOLDEN
