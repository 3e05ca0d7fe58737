"""Four recorded rooms, each imported by one command line and replayed under one declared site file."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from hotzone.app.replay import replay
from hotzone.config import load, loads
from hotzone.config.model import Site
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, Event, NoteEvent, SensorEvent
from hotzone.sensors.reading import Quality
from hotzone.sensors.recording import Recording
from support.commands import call
from support.house import ROOT
from support.recordings import recorded

SITES = ROOT / "examples/sites"


class Room(NamedTuple):
    """What was imported, and what came of it."""

    site: Site
    recording: Recording
    events: list[Event]
    said: str

    def alarms(self, kind: str, *rules: str) -> list[AlarmEvent]:
        """Events of alarms of one kind, of the given rules only."""
        return [
            event for event in self.events if isinstance(event, AlarmEvent) and event.type == kind and (not rules or event.rule in rules)
        ]

    def under(self, site: Site) -> "Room":
        """The same recording under another site file."""
        return self._replace(site=site, events=list(replay(self.recording, site)))


def ns(text: str) -> int:
    """A time of the recordings, all of which are taken for UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Room]:
    """Import files under a site file, as anybody would."""
    rooms: dict[tuple[str, ...], Room] = {}

    def make(name: str, files: list[str], *options: str) -> Room:
        if (name, *options) not in rooms:
            folder, site = tmp_path_factory.mktemp(name), SITES / f"{name}.toml"
            done = call(folder, "import", *files, "--site", str(site), "--recording", "recording", "--plain", *options)
            assert done.returncode == 0, done.stderr
            recording = Recording(folder / "recording")
            rooms[name, *options] = Room(load(site), recording, list(replay(recording)), done.stdout)
        return rooms[name, *options]

    return make


# --- a computing centre: whole degrees, and 19 hours in which nobody said anything

SILENT_FROM, SILENT_TO = ns("2025-06-03 02:37:09"), ns("2025-06-03 21:54:02")


@pytest.fixture
def harvard(room: Callable[..., Room]) -> Room:
    files = recorded("harvard_ipmi_*.csv.gz")
    columns = ("--sensor", "host", "--sensor-map", str(SITES / "harvard.csv"), "--where", "sensor=Ambient Temp", "--timezone", "UTC")
    return room("harvard", files, *columns, "--order", "time")


def test_a_mass_silence_is_one_alarm_a_zone_and_clears_nothing(harvard: Room) -> None:
    standing = {(alarm.zone, alarm.rule) for alarm in harvard.alarms("alarm.raised") if alarm.at < SILENT_FROM}
    assert standing == {("8a26", "warm"), ("8a13", "warm")}, "something stands that could be cleared"
    within = [event for event in harvard.events if isinstance(event, AlarmEvent) and SILENT_FROM < event.at < SILENT_TO]
    assert [(alarm.zone, alarm.type, alarm.rule) for alarm in within] == [
        ("8a26", "alarm.raised", "data-lost"),
        ("8a13", "alarm.raised", "data-lost"),
    ]
    silent = [event for event in harvard.events if isinstance(event, SensorEvent) and event.cause == "silent"]
    assert len(silent) == 36, "each thermometer is named, though there is one alarm"


def test_the_partial_return_is_told_and_what_stayed_away_stays_an_alarm(harvard: Room) -> None:
    back = [event for event in harvard.events if isinstance(event, SensorEvent) and event.at >= SILENT_TO and event.quality is Quality.GOOD]
    assert {event.zone for event in back} == {"8a13"}
    assert len(back) == 24
    assert [(alarm.zone, alarm.rule) for alarm in harvard.alarms("alarm.cleared", "data-lost")] == [("8a13", "data-lost")]
    [ended] = harvard.alarms("alarm.cleared", "data-lost")
    assert SILENT_TO + 30 * SECOND <= ended.at <= SILENT_TO + MINUTE, "after half a minute of good data"


def test_a_partial_return_within_one_zone_leaves_the_alarm_of_the_missing(harvard: Room) -> None:
    racks = [rack.id for zone in harvard.site.zones for rack in zone.racks]
    topics = "\n".join(
        f'{rack} = {{ sensors = {{ in-ambient = {{ topic = "dc/8a/{"8a26" if "8a26" in rack else "8a13"}/{rack}/in-ambient" }} }} }}'
        for rack in racks
    )
    one = f'name = "one"\nsensors = ["in-ambient"]\nquality = {{ period = "1m", quantum = 1 }}\n[halls.8a.zones.all.racks]\n{topics}'
    changed = harvard.under(loads(one))
    assert [(alarm.type, alarm.rule) for alarm in changed.alarms("alarm.raised", "data-lost", "sensors-lost")] == [
        ("alarm.raised", "data-lost"),
        ("alarm.raised", "sensors-lost"),
    ]
    [missing] = changed.alarms("alarm.raised", "sensors-lost")
    assert missing.value == 12


@pytest.mark.parametrize("limit", [25, 25.5, 26, 26.5, 27, 27.5, 28, 28.5, 29])
def test_whole_degrees_flap_no_alarm_wherever_its_limit_is(harvard: Room, limit: float) -> None:
    source = (SITES / "harvard.toml").read_text()
    changed = harvard.under(loads(f"{source}\n[limits]\nwarm = {{ above = {limit}, on_delay = '0s' }}\n[statistic]\nkind = 'max'\n"))
    for zone in ("8a26", "8a13"):
        raised = [alarm for alarm in changed.alarms("alarm.raised", "warm") if alarm.zone == zone]
        assert len(raised) <= 2, "once, and once more after the day's own change"


def test_thermometers_at_rest_are_not_called_stuck(harvard: Room) -> None:
    causes = {event.cause for event in harvard.events if isinstance(event, SensorEvent)}
    assert causes == {"silent", None}


# --- a laboratory: hot vapour at two of four motes


@pytest.fixture
def suthaharan(room: Callable[..., Room]) -> Room:
    files = recorded("suth_singlehop_*.txt")
    columns = ("--value", "Temperature", "--label", "Label", "--as", "mote-{Mote-ID}/mote-{Mote-ID}/in-1")
    return room("suthaharan", files, "--period", "5s", "--start", "2010-05-01T00:00:00Z", "--order", "time", *columns)


def test_each_labelled_event_is_seen_by_its_rise_within_30_s_and_flat_motes_raise_nothing(suthaharan: Room) -> None:
    labels = [note for note in suthaharan.events if isinstance(note, NoteEvent) and note.kind == "label"]
    begun = {str(note.target).split("/")[0]: note.happened_at for note in labels}
    assert sorted(begun) == ["mote-1", "mote-4"], "two of four are labelled"
    assert len(labels) == 2, "once each"
    seen = {str(alarm.zone): alarm.at for alarm in suthaharan.alarms("alarm.raised", "fast-rise")}
    assert seen.keys() == begun.keys()
    assert all(0 <= seen[zone] - begun[zone] <= 30 * SECOND for zone in begun)
    assert len(suthaharan.alarms("alarm.raised", "fast-rise")) == 2
    flat = {alarm.rule for alarm in suthaharan.alarms("alarm.raised") if alarm.zone in {"mote-2", "mote-3"}}
    assert flat <= {"data-lost"}, "one of them ends before the others"


def test_the_same_holds_for_the_rates_of_a_site_file_that_says_nothing_of_them(suthaharan: Room) -> None:
    source = re.sub(r"^\[rates\]\n(?:.+\n)+", "", (SITES / "suthaharan.toml").read_text(), flags=re.MULTILINE)
    assert "[rates]" not in source
    plain = suthaharan.under(loads(source))
    assert {alarm.zone for alarm in plain.alarms("alarm.raised", "rise", "fast-rise")} == {"mote-1", "mote-4"}, "the flat ones raise none"
    assert len(plain.alarms("alarm.raised", "fast-rise")) == 2


# --- a quiet building


@pytest.mark.parametrize("column", ["7", "4"], ids=["air", "chip"])
def test_a_quiet_building_raises_no_alarm_though_its_radio_loses_a_fifth(room: Callable[..., Room], column: str) -> None:
    files = recorded("ulb_library2_readings.txt")
    columns = (
        "--time",
        "1",
        "--time-format",
        "ms",
        "--value",
        column,
        "--decimal",
        ",",
        "--sequence",
        "3",
        "--as",
        "floor-2/mote-{2}/in-1",
    )
    quiet = room("ulb", files, *columns)
    assert quiet.alarms("alarm.raised") == []
    assert sum(isinstance(event, SensorEvent) and event.cause == "silent" for event in quiet.events) > 10, "the loss is real, and told"


# --- a machine: four labelled failures, and a clock that is set back


@pytest.fixture
def nab(room: Callable[..., Room]) -> Room:
    files = recorded("nab_machine_temperature_system_failure.csv")
    return room("nab", files, "--as", "machine/machine/in-1", "--unit", "F", "--timezone", "UTC")


def test_every_labelled_failure_is_found_within_its_window(nab: Room) -> None:
    [labels] = recorded("nab_machine_temperature_labels.json")
    windows = [(ns(begin[:19]), ns(end[:19])) for begin, end in json.loads(Path(labels).read_text())["windows"]]
    raised = [alarm.at for alarm in nab.alarms("alarm.raised")]
    assert len(windows) == 4
    assert all(any(begin <= at <= end for at in raised) for begin, end in windows)
    assert len(raised) < 79 / 2, "less than one in two days: so many that some fall into any window would find nothing"


def test_a_clock_set_back_by_55_minutes_breaks_nothing(nab: Room) -> None:
    set_back = ns("2014-01-07 02:55:00")
    assert "1 repeated, 11 stepped back" in nab.said
    assert [note.kind for note in nab.events if isinstance(note, NoteEvent)] == ["import"]
    assert not [event for event in nab.events if isinstance(event, AlarmEvent) and abs(event.at - set_back) < 2 * HOUR]
    assert not [event for event in nab.events if isinstance(event, SensorEvent) and event.at > set_back - HOUR], "never silent, never bad"
    assert "22,695 readings of 1 thermometer" in nab.said
