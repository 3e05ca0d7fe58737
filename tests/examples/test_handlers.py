"""The handlers that we show: found, short, and doing what they say."""

import ast
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config.model import Priority
from hotzone.handlers import Command, Context
from hotzone.handlers.discovery import Found, discover
from hotzone.pipeline import AlarmEvent, AlarmState, SensorEvent, ZoneCondition, ZoneEvent
from hotzone.sensors.reading import Quality
from support.sites import site, unit

FOLDER = Path(__file__).parents[2] / "examples" / "handlers"


@pytest.fixture
def found() -> dict[str, Found]:
    return {one.name: one for one in discover(structs.replace(site(), handlers_folder=str(FOLDER))) if one.used}


@pytest.fixture
def asked() -> list[tuple[object, ...]]:
    return []


def context(options: dict[str, object], asked: list[tuple[object, ...]]) -> Context:
    return Context("test", site(), options, lambda *request: asked.append(request))


def test_all_are_found(found: dict[str, Found]) -> None:
    assert {name: one.trouble for name, one in found.items()} == dict.fromkeys(
        ["page_the_engineer", "count_doubts", "cool_ahead", "SetPointsCsv"]
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_each_is_ten_lines_at_most(path: Path) -> None:
    tree = ast.parse(path.read_text())
    body = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    assert sum((node.end_lineno or 0) - min([node.lineno, *(mark.lineno for mark in node.decorator_list)]) + 1 for node in body) <= 10


def test_it_pages(found: dict[str, Found], asked: list[tuple[object, ...]], tmp_path: Path) -> None:
    event = AlarmEvent(
        at=1, type="alarm.raised", zone="A1", alarm="a", rule="high", priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED
    )
    found["page_the_engineer"].target(event, context({"file": str(tmp_path / "pages")}, asked))
    assert (tmp_path / "pages").read_text() == "alarm.raised A1: high (high)\n"


def test_it_counts(found: dict[str, Found], asked: list[tuple[object, ...]]) -> None:
    target = found["count_doubts"].target
    for quality in (Quality.BAD, Quality.GOOD, Quality.STALE):
        target(SensorEvent(at=1, type="sensor.quality", sensor="s", quality=quality), context({}, asked))
    assert target.__globals__["doubts"] == {"s": 2}


async def test_it_asks_for_cooling(found: dict[str, Found], asked: list[tuple[object, ...]]) -> None:
    event = ZoneEvent(at=5, type="zone.state", zone="A1", state=ZoneCondition.WARM, previous=ZoneCondition.NORMAL)
    await found["cool_ahead"].target(event, context({}, asked))
    assert asked == [("A1", 90.0, 5 + 600_000_000_000, "test")]


def test_it_writes_set_points(found: dict[str, Found], tmp_path: Path) -> None:
    driver = found["SetPointsCsv"].target
    driver.folder = tmp_path / "set-points"
    driver.carry_out(Command(unit("crac-1", ["A1"]), 72.5, 9))
    assert (tmp_path / "set-points" / "crac-1.csv").read_text() == "9,72.5\n"
