"""The delayed, deadbanded switch that all rules share."""

import pytest

from hotzone.pipeline.stages.trip import Seen, fresh, step, tripped
from hotzone.pipeline.state import Phase

CASES = [
    ("a clear condition waits for its on-delay", Phase.CLEAR, Seen.OVER, (5, 5), Phase.PENDING, None),
    ("without an on-delay it is active at once", Phase.CLEAR, Seen.OVER, (0, 5), Phase.ACTIVE, True),
    ("between limit and deadband nothing begins", Phase.CLEAR, Seen.BETWEEN, (0, 0), Phase.CLEAR, None),
    ("a dip under the limit ends the wait", Phase.PENDING, Seen.BETWEEN, (5, 5), Phase.CLEAR, None),
    ("the on-delay makes it active", Phase.PENDING, Seen.DELAY, (5, 5), Phase.ACTIVE, True),
    ("within the deadband it stays active", Phase.ACTIVE, Seen.BETWEEN, (5, 0), Phase.ACTIVE, None),
    ("back by the deadband it waits for its off-delay", Phase.ACTIVE, Seen.BACK, (5, 5), Phase.RETURNING, None),
    ("without an off-delay it ends at once", Phase.ACTIVE, Seen.BACK, (5, 0), Phase.CLEAR, False),
    ("a return into the deadband starts the off-delay anew", Phase.RETURNING, Seen.BETWEEN, (5, 5), Phase.ACTIVE, None),
    ("over again while returning it never ended", Phase.RETURNING, Seen.OVER, (5, 5), Phase.ACTIVE, None),
    ("the off-delay ends it", Phase.RETURNING, Seen.DELAY, (5, 5), Phase.CLEAR, False),
]


@pytest.mark.parametrize(("phase", "seen", "delays", "expected", "edge"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_step(phase: Phase, seen: Seen, delays: tuple[int, int], expected: Phase, edge: bool | None) -> None:
    move = step(phase, seen, *delays)
    assert (move.phase if move else phase) is expected
    assert (move.edge if move else None) is edge


def test_a_running_delay_is_cancelled_whenever_it_no_longer_counts() -> None:
    for phase in (Phase.PENDING, Phase.RETURNING):
        for seen in Seen:
            move = step(phase, seen, 5, 5)
            if move is not None and seen is not Seen.DELAY:
                assert move.cancel, (phase, seen)


def test_a_gap_needs_fresh_evidence_but_keeps_what_holds() -> None:
    assert [fresh(phase) for phase in Phase] == [Phase.CLEAR, Phase.CLEAR, Phase.ACTIVE, Phase.ACTIVE]
    assert [tripped(phase) for phase in Phase] == [False, False, True, True]
