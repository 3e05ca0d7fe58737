"""The room as metrics: what they say of it, and that the documentation says the same."""

import re
import subprocess

import pytest
from msgspec import structs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hotzone.app import metrics as process
from hotzone.config.units import SECOND
from hotzone.handlers import Subscription
from hotzone.handlers.room import CATALOGUE, CONDITIONS, Counts, Kind, room
from hotzone.handlers.sample import sample
from hotzone.handlers.view import View
from hotzone.handlers.viewing import view
from hotzone.pipeline import CoolingEvent, Pipeline
from support.house import ROOT
from support.prometheus import PROMTOOL
from support.sites import EPOCH, merged, report, site, start, stream, unit, zone

SITE = site(zone("A1"), zone("A2"), units=[unit("crac-1", ["A1"]), unit("crac-2", ["A2"])])
NOW = EPOCH + 305 * SECOND


def hot() -> View:
    """Zone A1 at 40 °C by three of four inlets, with a unit that does not follow; A2 was never heard of."""
    pipeline = Pipeline(SITE)
    reports = [report(EPOCH + 200 * SECOND, "crac-1", 61.0, supply=18.5)]
    pipeline.push(merged([start()], stream(zone("A1"), 40.0, 0, 300, only=3), reports))
    pipeline.advance_to(NOW)
    return view(pipeline, SITE, NOW)


def shown(seen: View, counts: Counts | None = None) -> CollectorRegistry:
    class Collected(Collector):
        def describe(self) -> list[Metric]:
            return []

        def collect(self) -> list[Metric]:
            return list(room(SITE, seen, counts or Counts()))

    registry = CollectorRegistry()
    registry.register(Collected())
    return registry


ROOM = shown(hot())


def value(name: str, registry: CollectorRegistry = ROOM, **labels: str) -> float | None:
    return registry.get_sample_value(name, {"hall": "h", **labels} if name != "hotzone_site_alarms" else labels)


def test_a_zone_is_shown_in_base_units() -> None:
    assert value("hotzone_zone_temperature_celsius", zone="A1") == 40.0
    assert value("hotzone_zone_demand_ratio", zone="A1") == 1.0
    assert value("hotzone_zone_reading_age_seconds", zone="A1") == pytest.approx(15.0, abs=0.1)
    assert value("hotzone_zone_inlets", zone="A1", quality="good") == 3
    assert value("hotzone_zone_inlets", zone="A1", quality="stale") == 1


def test_a_zone_is_in_one_condition() -> None:
    conditions = {one: value("hotzone_zone_condition", zone="A1", condition=one) for one in ("failsafe", "hot", "warm", "cold", "normal")}
    assert conditions == {"failsafe": 0, "hot": 1, "warm": 0, "cold": 0, "normal": 0}


def test_what_is_not_known_has_no_sample() -> None:
    assert value("hotzone_zone_temperature_celsius", zone="A2") is None
    assert value("hotzone_zone_reading_age_seconds", zone="A2") is None
    assert value("hotzone_zone_condition", zone="A2", condition="failsafe") == 1
    assert value("hotzone_unit_fan_ratio", unit="crac-2") is None
    assert value("hotzone_unit_return_celsius", unit="crac-1") is None


def test_limits_are_there_to_draw_lines() -> None:
    assert value("hotzone_zone_limit_celsius", zone="A1", rule="high", priority="high", side="above") == 32.0
    assert value("hotzone_zone_limit_celsius", zone="A1", rule="cold", priority="low", side="below") == 18.0


def test_a_unit_is_shown_with_what_it_was_told_and_what_it_does() -> None:
    assert value("hotzone_unit_command_ratio", unit="crac-1") == 1.0
    assert value("hotzone_unit_fan_ratio", unit="crac-1") == 0.61
    assert value("hotzone_unit_supply_celsius", unit="crac-1") == 18.5
    assert value("hotzone_unit_condition", unit="crac-1", condition="failed") == 1
    assert value("hotzone_unit_condition", unit="crac-1", condition="following") == 0


def test_standing_alarms_are_counted_where_they_belong_and_nowhere_twice() -> None:
    assert value("hotzone_zone_alarms", zone="A1", priority="critical") == 1
    assert value("hotzone_zone_alarms", zone="A2", priority="high") == 1
    assert value("hotzone_unit_alarms", unit="crac-1", priority="high") == 2, "it has failed and fallen silent"
    seen = hot()
    every = sum(sample.value for family in ROOM.collect() for sample in family.samples if sample.name.endswith("_alarms"))
    assert every == len(seen.alarms)
    about_nothing = structs.replace(seen.alarms[0], zone=None, unit=None)
    assert value("hotzone_site_alarms", shown(structs.replace(seen, alarms=(about_nothing,))), priority=about_nothing.priority) == 1


def test_events_are_counted_by_zone_and_unit_from_zero() -> None:
    counts = Counts()
    assert value("hotzone_zone_events_total", shown(hot(), counts), zone="A1", type="alarm.raised") == 0
    assert value("hotzone_unit_events_total", shown(hot(), counts), unit="crac-2", type="cooling.unit") == 0
    for _ in range(2):
        counts.count(sample(SITE, Subscription(alarms=True), 7))
    counts.count(sample(SITE, Subscription(events="sensor.quality"), 7))
    counts.count(CoolingEvent(at=7, type="cooling.unit", unit="crac-1", hall="h", state="failed"))
    registry = shown(hot(), counts)
    assert value("hotzone_zone_events_total", registry, zone="A1", type="alarm.raised") == 2
    assert value("hotzone_zone_events_total", registry, zone="A1", type="sensor.quality") == 1
    assert value("hotzone_zone_events_total", registry, zone="A2", type="sensor.quality") is None
    assert value("hotzone_unit_events_total", registry, unit="crac-1", type="cooling.unit") == 1


def test_what_the_site_no_longer_has_is_gone() -> None:
    counts = Counts()
    counts.count(structs.replace(sample(SITE, Subscription(alarms=True), 7), zone="removed"))
    seen = hot()
    ghosts = structs.replace(seen, zones={**seen.zones, "removed": seen.zones["A1"]}, units={**seen.units, "old": seen.units["crac-1"]})
    text = generate_latest(shown(ghosts, counts)).decode()
    assert "removed" not in text
    assert '"old"' not in text


def test_before_anything_is_known_only_the_site_is_shown() -> None:
    text = generate_latest(shown(View())).decode()
    assert "hotzone_zone_limit_celsius{" in text
    assert "hotzone_zone_temperature_celsius{" not in text
    assert "hotzone_zone_condition{" not in text


def test_the_conditions_of_a_unit_are_those_that_dashboards_ask_for() -> None:
    assert CONDITIONS == ("following", "failed", "silent", "deaf", "unheard", "alone", "overrun", "unknown")


def test_no_name_is_the_process_s_too() -> None:
    assert not {entry.name for entry in CATALOGUE} & {entry.name for entry in process.CATALOGUE}


def test_everything_in_the_catalogue_is_collected_under_its_name_and_kind() -> None:
    collected = {family.name: (family.type, family.documentation) for family in ROOM.collect()}
    assert collected == {entry.name: (entry.kind, entry.help) for entry in CATALOGUE}


def test_no_label_is_a_thermometer() -> None:
    assert {label for entry in CATALOGUE for label in entry.labels} == {
        "hall", "zone", "unit", "rule", "priority", "side", "condition", "quality", "type"
    }  # fmt: skip


def test_every_metric_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8").partition("## The room")[2]
    rows = re.findall(r"^\| `(hotzone_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    expected = [
        (
            f"{entry.name}{'_total' if entry.kind is Kind.COUNTER else ''}",
            entry.kind,
            ", ".join(f"`{label}`" for label in entry.labels),
            entry.help,
        )
        for entry in CATALOGUE
    ]
    assert rows == expected


def test_prometheus_own_linter_finds_nothing() -> None:
    if PROMTOOL is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=generate_latest(ROOM), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
