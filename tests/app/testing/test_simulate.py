"""`simulate`: the hall in lockstep, as the command runs it, and what a test may change."""

import subprocess
import sys
from pathlib import Path

import pytest

from hotzone.app.testing import MINUTE, SECOND, Journal, simulate
from hotzone.app.testing.places import NotThere
from hotzone.config import load, shipped
from hotzone.handlers import Context, handler
from hotzone.pipeline import RunEvent
from hotzone.sensors.hall import FaultError

FAULT = "crac-failure:crac-1@3m"


@pytest.fixture(scope="module")
def failed() -> Journal:
    return simulate("demo", faults=[FAULT], for_="8m", seed=1)


def test_a_failed_unit_is_told_and_its_neighbours_answer(failed: Journal) -> None:
    fault = failed.note("fault")
    assert fault.at - failed.start == 3 * MINUTE
    assert failed.first("alarm.raised", unit="crac-1", rule="unit-failed", after=fault, within=30 * SECOND)
    assert failed.truths["h1"].units["crac-1"].fan < 10


def test_the_same_seed_gives_the_same_journal_and_another_another(failed: Journal) -> None:
    assert simulate("demo", faults=[FAULT], for_=8 * MINUTE, seed=1).sha256 == failed.sha256
    assert simulate("demo", faults=[FAULT], for_=8 * MINUTE, seed=2).sha256 != failed.sha256


def test_it_is_the_journal_of_the_command(failed: Journal, tmp_path: Path) -> None:
    command = ["simulate", "--site", "demo", "--hours", str(8 / 60), "--seed", "1", "--fault", FAULT, "--journal", str(tmp_path / "j")]
    subprocess.run([Path(sys.executable).with_name("hotzone"), *command], check=True, capture_output=True, timeout=60)
    assert (tmp_path / "j").read_bytes().splitlines() == failed.lines


def test_a_site_is_named_given_or_demo() -> None:
    assert simulate(for_="5s", seed=1) == simulate(shipped("demo"), for_="5s", seed=1)
    assert simulate(load(shipped("demo"), secrets=False), for_="5s", seed=1) == simulate("demo.toml", for_="5s", seed=1)


def test_control_holds_for_every_unit() -> None:
    advised = simulate("demo", for_="2m", seed=1, control="advise")
    assert all(event.advise for event in advised.all("cooling.command"))
    assert advised.truths["h1"].units["crac-1"].commanded == 60
    assert simulate("demo", for_="2m", seed=1, control="off").none("cooling.command")
    with pytest.raises(ValueError, match="onn"):
        simulate("demo", control="onn")


def test_what_a_handler_asks_for_cools_the_hall() -> None:
    @handler(events="run.started")
    def full(event: RunEvent, ctx: Context) -> None:
        for zone in ctx.site.zones:
            ctx.request_cooling(zone.id, at_least=100.0, until=event.at + 20 * MINUTE)

    plain, cooled = simulate("demo", for_="10m", seed=1), simulate("demo", for_="10m", seed=1, handlers=[full])
    assert len(cooled.all("cooling.request")) == 4
    assert cooled.truths["h1"].fan_kwh > 1.2 * plain.truths["h1"].fan_kwh


def test_what_is_wrong_is_told() -> None:
    with pytest.raises(FaultError, match="crac-falure"):
        simulate("demo", faults=["crac-falure@1m"])
    with pytest.raises(NotThere, match=r"no site file 'dmeo'"):
        simulate("dmeo")
    with pytest.raises(ValueError, match="20 minutes"):
        simulate("demo", for_="20 minutes")
