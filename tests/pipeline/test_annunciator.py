"""Standing alarms: what the state says of them is what their last events said."""

from hotzone.config.model import Priority
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent
from hotzone.pipeline.alarms import STANDING
from hotzone.pipeline.annunciator import Annunciator, standing
from hotzone.pipeline.inputs import Action, Condition, Operator
from hotzone.pipeline.state import HallState
from support.sites import site


def condition(at: int, rule: str, *, active: bool, value: float | None = None) -> Condition:
    return Condition(at * SECOND, rule, active, Priority.HIGH, zone="A1", hall="h", value=value, limit=32.0, cause="too hot")


def test_the_state_gives_back_the_last_event_of_every_alarm_that_stands() -> None:
    state = HallState()
    annunciator = Annunciator(site(), state)
    annunciator.condition(condition(1, "high", active=True, value=33.0))
    annunciator.condition(condition(2, "warm", active=True, value=33.0))
    annunciator.condition(condition(3, "rise", active=True))
    annunciator.operate(Operator(4 * SECOND, Action.ACKNOWLEDGE, "kim", "seen", f"A1:warm@{2 * SECOND}"))
    annunciator.condition(condition(5, "rise", active=False))
    last = {event.rule: event for event in annunciator.out if isinstance(event, AlarmEvent) and event.state in STANDING}
    del last["rise"]
    found = standing(state)
    assert [event.rule for event in found] == ["high", "warm"]
    assert found[0] == last["high"]
    assert (found[1].type, found[1].at, found[1].by, found[1].value) == ("alarm.acknowledged", 4 * SECOND, "kim", 33.0)
    assert found[1].raised_at == 2 * SECOND
