"""Random walks: no alarm is lost, none is cleared while it holds, who is called is told the end, and whatever is put aside comes back."""

import pytest

from hotzone.pipeline.alarms import TABLE
from hotzone.pipeline.events import AlarmEvent, AlarmState
from support.walks import Walk

WALKS = 10_000


def test_ten_thousand_walks() -> None:
    types: set[str] = set()
    states: set[AlarmState] = set()
    for seed in range(WALKS):
        try:
            walk = Walk(seed).go(10)
        except AssertionError as error:
            msg = f"seed {seed}: {error}"
            raise AssertionError(msg) from error
        types |= {event.type for event in walk.events}
        states |= {event.state for event in walk.events if isinstance(event, AlarmEvent)}
    assert states == set(AlarmState)
    assert types >= {one.event for one in TABLE.values() if one.event}
    assert types >= {"operator.refused", "cooling.override", "cooling.released", "hall.maintenance", "hall.resumed"}


@pytest.mark.soak
def test_a_hundred_thousand_walks() -> None:
    for seed in range(WALKS, WALKS + 100_000):
        Walk(seed).go(30)
