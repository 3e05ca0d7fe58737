"""Faults as people write them."""

import pytest

from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.sensors.hall import SCENARIOS, Fault, FaultError
from hotzone.sensors.hall.faults import check_target
from support.halls import hall, hall_site


@pytest.mark.parametrize(
    ("text", "kind", "target", "start", "duration", "size"),
    [
        ("crac-failure:crac-1@30s", "crac-failure", "crac-1", 30 * SECOND, None, 1.0),
        ("crac-failure:crac-1@30s+5m", "crac-failure", "crac-1", 30 * SECOND, 5 * MINUTE, 1.0),
        ("load-step:A1*2@10m+30m", "load-step", "A1", 10 * MINUTE, 30 * MINUTE, 2.0),
        ("noise:A1/A1-r01/in-top=0.5@1m", "noise", "A1/A1-r01/in-top", MINUTE, None, 0.5),
        ("clock-step:A1=-3300@0s", "clock-step", "A1", 0, None, -3300.0),
        ("total-loss@1h30m", "total-loss", "", 90 * MINUTE, SCENARIOS["total-loss"].duration, 1.0),
        ("door-open:A1@1h", "door-open", "A1", HOUR, 10 * MINUTE, 1.5),
    ],
)
def test_a_fault_is_read_as_written_and_the_rest_is_its_scenarios(
    text: str, kind: str, target: str, start: int, duration: int | None, size: float
) -> None:
    assert Fault.parse(text) == Fault(kind=kind, target=target, start=start, duration=duration, size=size)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crac-failur:crac-1@30s", "did you mean 'crac-failure'"),
        ("crac-failure:crac-1", "is no fault"),
        ("crac-failure:crac-1@soon", "is no duration"),
        ("crac-failure:crac-1@30s+", "is no fault"),
        ("load-step:A1*much@1m", "is no number"),
        ("load-step:A1*nan@1m", "is no number"),
        ("", "is no fault"),
    ],
)
def test_what_is_no_fault_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(FaultError, match=said):
        Fault.parse(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("crac-failure:crac-9@1m", "crac-"),
        ("door-open:A9@1m", "A"),
        ("stuck:A1/A1-r01/in-tpo@1m", "A1/A1-r01/in-top"),
        ("chiller-trip:A1@1m", "h"),
    ],
)
def test_an_unknown_target_is_refused_with_the_nearest_name(text: str, near: str) -> None:
    with pytest.raises(ValueError, match=near):
        check_target(hall_site(), Fault.parse(text))
    with pytest.raises(FaultError):
        hall(None, text)


@pytest.mark.parametrize("kind", SCENARIOS)
def test_every_scenario_says_what_it_is_and_runs_at_its_widest_and_narrowest_target(kind: str) -> None:
    scenario = SCENARIOS[kind]
    assert scenario.doc.endswith(".")
    assert scenario.expected
    narrowest = {"hall": "h", "zone": "A1", "rack": "A1-r01", "sensor": "A1/A1-r01/in-top", "unit": "crac-1"}[scenario.targets[0]]
    site = hall_site(("A1", "B1"), 3)
    simulated = hall(site, f"{kind}@10s+20s", f"{kind}:{narrowest}@40s+20s")
    said = simulated.advance_to(simulated.start + 2 * MINUTE)
    assert [message.at for message in said] == sorted(message.at for message in said)
    assert max(simulated.truth().inlets.values()) < 60
