"""Golden journals: what counts, how a difference reads, when one is written."""

from pathlib import Path

import pytest
from msgspec import json, structs

from hotzone.app.testing import GoldenDiffers, Journal, Misspelt, replay, simulate
from hotzone.app.testing.golden import Shelf, normal
from hotzone.pipeline import RunEvent

HEAT = "0s A1/r1=24 A1/r2=24 20s A1=33 60s A1=24 90s"


def shelved(journal: Journal, folder: Path, *, update: bool = False, written: dict[Path, bytes] | None = None) -> Journal:
    return Journal(journal.events, journal.start, shelf=Shelf(folder, update=update, written=written))


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """The folder of `heat.jsonl`."""
    assert shelved(replay(HEAT), tmp_path, update=True).matches("golden/heat.jsonl")
    return tmp_path


def test_a_line_is_an_event_that_people_can_read(golden: Path) -> None:
    lines = [json.decode(line) for line in (golden / "golden/heat.jsonl").read_bytes().splitlines()]
    assert len(lines) == len(replay(HEAT).events)
    assert lines[0] == {"at": 0.0, "type": "run.started"}
    raised = {"at": 25.0, "type": "alarm.raised", "zone": "A1", "rule": "high", "limit": 32, "priority": "high"}
    assert {**raised, "state": "unacknowledged", "value": 33} in lines
    assert any(line["type"] == "alarm.cleared" and line["raised_at"] == 25.0 for line in lines)


def test_the_same_run_matches(golden: Path) -> None:
    assert shelved(replay(HEAT), golden).matches("golden/heat.jsonl")


def test_version_site_epoch_and_last_bits_do_not_count(golden: Path) -> None:
    journal = replay(HEAT)
    moved = []
    for event in journal.events:
        changes: dict[str, object] = {"at": event.at + 1_000_000_000_007}
        if isinstance(event, RunEvent) and event.type == "run.started":
            changes["detail"] = "version 9.9.9, site ffffffffffff"
        if getattr(event, "value", None) == 33:
            changes["value"] = 33.000000001
        if alarm := getattr(event, "alarm", None):
            name, _, at = alarm.rpartition("@")
            changes["alarm"] = f"{name}@{int(at) + 1_000_000_000_007}"
        moved.append(structs.replace(event, **changes))
    assert shelved(Journal(moved, journal.start + 1_000_000_000_000), golden).matches("golden/heat.jsonl")


def test_a_difference_is_told_by_event_with_times_since_the_beginning(golden: Path) -> None:
    with pytest.raises(GoldenDiffers) as caught:
        shelved(replay("0s A1/r1=24 A1/r2=24 20s A1=36 60s A1=24 90s"), golden).matches("golden/heat.jsonl")
    text = str(caught.value)
    assert "golden/heat.jsonl: " in text.splitlines()[0]
    assert "changed" in text.splitlines()[0]
    assert "\n~     25.000 s  alarm.raised      A1 high: value 33 -> 36" in text
    assert "\n+     20.000 s  alarm.raised      A1 critical limit=35 priority='critical'" in text
    assert text.endswith("If this is right: pytest --hotzone-update")


def test_what_is_not_there_any_more_is_told_as_missing(golden: Path) -> None:
    with pytest.raises(GoldenDiffers, match=r"missing(.|\n)*\n-     25\.000 s  alarm.raised      A1 high"):
        shelved(replay("0s A1/r1=24 A1/r2=24 90s"), golden).matches("golden/heat.jsonl")


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    shelved(simulate("demo", for_="10m", seed=1), tmp_path, update=True).matches("demo.jsonl")
    with pytest.raises(GoldenDiffers) as caught:
        shelved(replay(HEAT), tmp_path).matches("demo.jsonl")
    assert len(str(caught.value).splitlines()) == 63


def test_without_the_file_it_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(GoldenDiffers, match=r"there is no golden journal .*heat\.jsonl; write it with: pytest --hotzone-update"):
        shelved(replay(HEAT), tmp_path).matches("heat.jsonl")


def test_a_broken_file_is_told_by_its_line(golden: Path) -> None:
    path = golden / "golden/heat.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"type":"zone.state"', b'"type"', 1))
    with pytest.raises(GoldenDiffers, match=r"heat\.jsonl:\d+ is no event"):
        shelved(replay(HEAT), golden).matches("golden/heat.jsonl")


def test_what_is_as_it_was_is_not_written_again(golden: Path) -> None:
    before = (golden / "golden/heat.jsonl").stat().st_ino
    shelved(replay(HEAT), golden, update=True).matches("golden/heat.jsonl")
    assert (golden / "golden/heat.jsonl").stat().st_ino == before


@pytest.mark.parametrize("there", [False, True])
def test_two_tests_that_differ_cannot_have_one_file(there: bool, tmp_path: Path) -> None:
    written: dict[Path, bytes] = {}
    if there:
        shelved(replay(HEAT), tmp_path, update=True).matches("heat.jsonl")
    shelved(replay(HEAT), tmp_path, update=True, written=written).matches("heat.jsonl")
    with pytest.raises(GoldenDiffers, match="another test"):
        shelved(replay("0s A1/r1=24 9s"), tmp_path, update=True, written=written).matches("heat.jsonl")


def test_only_some_types_may_be_kept(tmp_path: Path) -> None:
    shelved(replay(HEAT), tmp_path, update=True).matches("alarms.jsonl", only=["alarm.*", "run.ended"])
    lines = [json.decode(line) for line in (tmp_path / "alarms.jsonl").read_bytes().splitlines()]
    assert {line["type"] for line in lines} == {"alarm.raised", "alarm.cleared", "run.ended"}
    assert shelved(replay(HEAT), tmp_path).matches("alarms.jsonl", only=("alarm.*", "run.ended"))
    with pytest.raises(Misspelt, match="alarms"):
        shelved(replay(HEAT), tmp_path).matches("alarms.jsonl", only="alarms.*")


def test_an_event_says_only_what_it_has() -> None:
    ended = replay(HEAT).one("run.ended")
    assert normal(ended, ended.at) == {"at": 0.0, "type": "run.ended"}
