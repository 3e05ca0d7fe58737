"""The annunciator: gives events out, and makes alarms of conditions and of what operators do, by the table of `alarms`."""

from collections.abc import Callable

from msgspec import structs

from ..config.model import Priority
from .alarms import STANDING, TABLE, Trigger
from .events import AlarmEvent, AlarmState, Event
from .inputs import Condition, Operator
from .state import AlarmRecord, HallState


class Annunciator:
    """Over the alarms in `state`. What it gives out is in `out`, in order; `site` names what is neither a zone's nor a unit's."""

    def __init__(self, site: str, state: HallState) -> None:
        self.out: list[Event] = []
        self._site = site
        self._state = state

    def tell(self, event: Event) -> None:
        """Give the event out. The same thing twice at one instant is told apart by a count, so that ids stay unique."""
        state = self._state
        if event.at != state.told_at:
            state.told_at = event.at
            state.told.clear()
        again = state.told.get(event.id, 0)
        state.told[event.id] = again + 1
        self.out.append(structs.replace(event, again=again) if again else event)

    def condition(self, condition: Condition) -> None:
        """The condition of a rule has begun or ended."""
        key = f"{condition.zone or ''} {condition.unit or ''} {condition.rule}"
        record = self._state.alarms.get(key)
        if record is None:
            if not condition.active:
                return
            record = self._state.alarms[key] = AlarmRecord(
                id="",
                zone=condition.zone,
                unit=condition.unit,
                hall=condition.hall,
                rule=condition.rule,
                priority=condition.priority,
                state=AlarmState.NORMAL,
            )
        record.value, record.limit, record.cause = condition.value, condition.limit, condition.cause
        self._transition(record, Trigger.CONDITION if condition.active else Trigger.RETURN, condition.at, cause=condition.cause)

    def operate(self, operator: Operator) -> None:
        """Somebody does something about an alarm; one that is over is left alone."""
        record = next((record for record in self._state.alarms.values() if record.id == operator.alarm), None)
        if record is not None and operator.action == "acknowledge":
            self._transition(record, Trigger.ACKNOWLEDGE, operator.at, cause=operator.reason or None, by=operator.by)

    def remove(self, at: int, configured: Callable[[AlarmRecord], bool]) -> None:
        """Clear the alarms of what the site file names no more."""
        for record in list(self._state.alarms.values()):
            if not configured(record):
                self._transition(record, Trigger.REMOVE, at, cause="no longer configured")

    def _transition(self, record: AlarmRecord, trigger: Trigger, at: int, *, cause: str | None, by: str | None = None) -> None:
        transition = TABLE.get((record.state, trigger))
        if transition is None:
            return
        if trigger is Trigger.CONDITION and record.state not in STANDING:
            record.id = f"{record.zone or record.unit or self._site}:{record.rule}@{at}"
        record.state = transition.state
        if record.state is AlarmState.NORMAL:
            self._state.alarms = {key: kept for key, kept in self._state.alarms.items() if kept is not record}
        if transition.event is not None:
            record.at, record.by = at, by
            self.tell(_event(record, transition.event, cause))


def standing(state: HallState) -> list[AlarmEvent]:
    """The alarms whose conditions hold, oldest first, each as its last event would say it now."""
    types = {AlarmState.UNACKNOWLEDGED: "alarm.raised", AlarmState.ACKNOWLEDGED: "alarm.acknowledged"}
    records = [*state.alarms.values()]  # at once: other threads may ask
    found = [_event(record, types[record.state], record.cause) for record in records if record.state in STANDING]
    return sorted(found, key=lambda event: event.at)


def _event(record: AlarmRecord, kind: str, cause: str | None) -> AlarmEvent:
    return AlarmEvent(
        at=record.at,
        type=kind,
        zone=record.zone,
        hall=record.hall,
        unit=record.unit,
        alarm=record.id,
        rule=record.rule,
        priority=Priority(record.priority),
        state=record.state,
        value=record.value,
        limit=record.limit,
        cause=cause,
        by=record.by,
    )
