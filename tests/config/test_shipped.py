"""The site files that come with the package."""

import re
import tomllib

import pytest

from hotzone.config import load, shipped
from hotzone.config.model import ControlMode, Role
from hotzone.config.shipped import SITES, UnknownSite
from hotzone.config.tables import BROKER, COOLING, HANDLER, LIMIT, QUALITY, RATE, TOPICS, Table


def test_the_demo_is_what_it_promises() -> None:
    site = load(shipped("demo"))
    assert [zone.id for zone in site.zones] == ["A1", "A2", "B1", "B2"]
    assert {len(zone.racks) for zone in site.zones} == {10}
    assert len(site.sensors) == 240
    assert [unit.id for unit in site.units] == ["crac-1", "crac-2", "crac-3", "crac-4"]
    assert {unit.serves[0]: unit.id for unit in site.units} == {"A1": "crac-1", "A2": "crac-2", "B1": "crac-3", "B2": "crac-4"}
    assert {len(unit.serves) for unit in site.units} == {3}
    assert {unit.control for unit in site.units} == {ControlMode.ON}


def test_hall_200_is_what_it_promises_in_few_lines() -> None:
    path = shipped("hall-200.toml")
    site = load(path)
    assert len(path.read_text().splitlines()) <= 40
    assert 4 <= len(site.zones) <= 8
    assert sum(len(zone.racks) for zone in site.zones) == 200
    assert len(site.sensors) == 1240
    assert sum(sensor.role in {Role.SUPPLY, Role.RETURN} for sensor in site.sensors) == 40
    assert len(site.units) == 10
    assert {unit.control for unit in site.units} == {ControlMode.ON}
    assert {zone.id for zone in site.zones} == {zone for unit in site.units for zone in unit.serves}


@pytest.mark.parametrize("name", ["demo", "hall-200"])
def test_the_stories_are_brisk(name: str) -> None:
    for zone in load(shipped(name)).zones:
        assert next(limit for limit in zone.limits if limit.rule == "warm").on_delay == 0


def test_the_example_advises() -> None:
    assert {unit.control for unit in load(shipped("site.example")).units} == {ControlMode.ADVISE, ControlMode.OFF}


@pytest.mark.parametrize("table", [BROKER, TOPICS, QUALITY, LIMIT, RATE, COOLING, HANDLER], ids=lambda table: table.of.__name__)
def test_the_example_has_every_key(table: Table) -> None:
    text = shipped("site.example").read_text()
    for key in (*table.keys, *(name for name in table.skips if name in {"password", "options"})):
        assert re.search(rf"\b{key}\b *[=\]]", text), key


def test_the_example_shows_the_defaults() -> None:
    example, plain = load(shipped("site.example")), load(shipped("hall-200"))
    assert example.broker == plain.broker
    assert example.topics == plain.topics
    assert example.recording == plain.recording
    assert example.http == plain.http
    assert example.simulation == plain.simulation
    zone, other = example.zones[0], plain.zones[0]
    assert zone.racks[0].sensors[0].quality == other.racks[0].sensors[0].quality
    assert zone.limits[1:] == other.limits[1:]
    assert (zone.rates, zone.statistic, zone.presence, zone.control) == (other.rates, other.statistic, other.presence, other.control)


def test_every_shipped_file_is_listed() -> None:
    folder = shipped("demo").parent
    assert {path.stem for path in folder.glob("*.toml")} == set(SITES)
    for path in folder.glob("*.toml"):
        assert tomllib.loads(path.read_text())["name"] in path.stem


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownSite, match="nearest is hall-200"):
        shipped("hall200")
