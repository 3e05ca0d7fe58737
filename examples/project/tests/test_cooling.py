"""What hotzone does with our room: a simulated hall, made from the site file, in which things break."""

import pytest
from servers import Controller

from hotzone.app.testing import MINUTE, SECOND, Journal, Replay, Simulate, configured, expect


@pytest.fixture(scope="module")
def failed(simulate: Simulate) -> Journal:
    """Half an hour in which one of the two units fails after ten minutes."""
    return simulate(faults=["crac-failure:crac-1@10m"], for_="30m", seed=1)


def test_the_failure_is_told_within_half_a_minute(failed: Journal) -> None:
    fault = failed.note("fault", target="crac-1")
    assert failed.first("alarm.raised", unit="crac-1", rule="unit-failed", after=fault, within=30 * SECOND)


def test_the_other_unit_takes_over(failed: Journal) -> None:
    _, _, command = failed.order(
        expect("note", kind="fault"),
        expect("cooling.unit", unit="crac-1", state="failed"),
        expect("cooling.command", unit="crac-2", value=lambda fan: fan >= 80),
    )
    assert command.at - failed.note("fault").at <= MINUTE


def test_no_row_gets_hot_while_one_unit_is_left(failed: Journal) -> None:
    assert failed.none("zone.state", state="hot", after=failed.note("fault"))
    assert failed.truths["room"].peak < 32


def test_a_warm_row_cools_the_other_ahead(replay: Replay) -> None:
    journal = replay("0s north=23 south=23 3m north=28 5m", handlers=["precool"])
    warm = journal.first("zone.state", zone="north", state=("warm", "hot"))
    asked = journal.one("cooling.request", after=warm, within=SECOND)
    assert (asked.zone, asked.value) == ("south", 80.0)
    assert journal.requests[0].until == warm.at + 10 * MINUTE


def test_commands_reach_the_dampers(simulate: Simulate, controller: Controller) -> None:
    dampers = configured("dampers", host=controller.host, port=controller.port)
    journal = simulate(for_="2m", seed=1, handlers=[dampers])
    assert controller.lines == [f"{command.unit.id} {command.fan:.1f}" for command in journal.commands["dampers"]]
    assert {line.split()[0] for line in controller.lines} == {"crac-1", "crac-2"}
