"""Kapacitor's example of three levels with resets, through three limits of ours."""

from hotzone.config.model import Limit, Statistic
from hotzone.pipeline.stages import trip
from hotzone.pipeline.stages.limits import compare
from hotzone.pipeline.state import Phase

LADDER = {"INFO": (60.0, 50.0), "WARN": (70.0, 60.0), "CRIT": (80.0, 70.0)}
"""By level: raised above the first, over below the second."""
VALUES = [61, 73, 64, 85, 62, 56, 47]
KAPACITOR = ["INFO", "WARN", "WARN", "CRIT", "INFO", "INFO", "OK"]


def test_the_ladder_comes_out_as_published_but_that_no_alarm_is_over_before_its_own_reset() -> None:
    limits = {name: Limit(rule=name, above=above, deadband=above - reset) for name, (above, reset) in LADDER.items()}
    phases = dict.fromkeys(LADDER, Phase.CLEAR)
    found = []
    for value in VALUES:
        for name, limit in limits.items():
            compared = compare(limit, Statistic(kind="max"), [float(value)], [])
            assert compared is not None
            move = trip.step(phases[name], compared[0], 0, 0)
            phases[name] = phases[name] if move is None else move.phase
        found.append(next((name for name in reversed(LADDER) if trip.tripped(phases[name])), "OK"))
    assert found == ["INFO", "WARN", "WARN", "CRIT", "WARN", "INFO", "OK"]
    assert [index for index, (ours, theirs) in enumerate(zip(found, KAPACITOR, strict=True)) if ours != theirs] == [4]  # 62: not below 60
