"""The annunciator: gives events out, and makes alarms of conditions and of what operators do, by the table of `alarms`."""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from ..config.durations import format_duration
from ..config.model import Priority, Site
from .alarms import ACTIVE, ASIDE, STANDING, TABLE, Trigger
from .conditions import BUILT_IN
from .events import AlarmEvent, AlarmState, ConditionEvent, Event, OperatorEvent
from .inputs import Action, Condition, Operator
from .state import AlarmRecord, HallState, Suppressor
from .subject import alarm_id, alarm_key, alarm_of, place_of
from .supervisor import RULES as UNIT_RULES
from .timeline import Timer

TIMERS: Final = ("shelf", "repeat")
_SUBJECTS: Final = {Action.SERVICE: Trigger.DISABLE, Action.RETURN: Trigger.ENABLE}
_ALARMS: Final = {
    Action.ACKNOWLEDGE: Trigger.ACKNOWLEDGE,
    Action.RESET: Trigger.RESET,
    Action.SHELVE: Trigger.SHELVE,
    Action.UNSHELVE: Trigger.UNSHELVE,
}


class Annunciator:
    """Over the alarms in `state`. What it gives out is in `out`, in order.

    `suppressor` says what suppresses an alarm by design at present, if anything; `began` is called before a change of a condition is told.
    """

    def __init__(self, site: Site, state: HallState) -> None:
        self.out: list[Event] = []
        self.suppressor: Callable[[AlarmRecord], Suppressor | None] = lambda _: None
        self.began: Callable[[AlarmRecord, int], None] = lambda _record, _at: None
        self._site = site
        self._state = state
        self._rules = {(zone.id, rule.rule): rule for zone in site.zones for rule in zone.rules}
        self._halls = {zone.id: zone.hall for zone in site.zones} | {unit.id: unit.hall for unit in site.units}
        for record in state.alarms.values():
            if record.active is None:
                record.active = record.state in ACTIVE
            record.hall = self._halls.get(record.zone or record.unit or "", record.hall)  # it may have moved since

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
        key = alarm_of(condition)
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
        changed = record.active is not condition.active
        record.value, record.limit, record.cause, record.active = condition.value, condition.limit, condition.cause, condition.active
        if changed:
            self.began(record, condition.at)
        if record.state is AlarmState.SUPPRESSED and self.suppressor(record) is None:
            self._transition(record, Trigger.UNSUPPRESS, condition.at, cause="what suppressed it does not explain it")
        elif record.state not in ASIDE or changed:
            self._judge(record, condition.at, condition.cause)

    def operate(self, operator: Operator) -> None:
        """Somebody does something about an alarm or a rule; what cannot be done is refused, with the reason."""
        record: AlarmRecord | None
        if operator.action in _SUBJECTS:
            record, trigger = self._subject(operator), _SUBJECTS[operator.action]
        else:
            record = next((record for record in self._state.alarms.values() if record.id == operator.alarm), None)
            trigger = _ALARMS[operator.action]
        if record is None:
            self.refuse(operator, "there is no such alarm, or it is over")
            return
        if (record.state, trigger) not in TABLE:
            self.refuse(operator, f"it is {record.state}")
            if record.state is AlarmState.NORMAL:
                self._forget(record)
            return
        if operator.action is Action.SHELVE and operator.until is not None:
            longest = self._site.alarms.longest_shelf(Priority(record.priority))
            if operator.until - operator.at > longest:
                self.refuse(operator, f"an alarm of priority {record.priority} may be shelved for {format_duration(longest)} at most")
                return
        self._transition(record, trigger, operator.at, cause=operator.reason or None, by=operator.by, until=operator.until)

    def refuse(self, operator: Operator, why: str) -> None:
        """Tell that what somebody asked for is not done."""
        self.tell(
            OperatorEvent(
                at=operator.at,
                type="operator.refused",
                action=operator.action,
                by=operator.by,
                alarm=operator.alarm,
                zone=operator.zone,
                hall=operator.hall,
                unit=operator.unit,
                rule=operator.rule,
                cause=why,
            )
        )

    def fire(self, timer: Timer) -> None:
        """A shelf is over, or an acknowledged alarm has stood for too long."""
        record = self._state.alarms.get(timer.key)
        if record is not None:
            shelf = timer.kind == "shelf"
            cause = "the shelf's time is over" if shelf else "it still stands"
            self._transition(record, Trigger.UNSHELVE if shelf else Trigger.REPEAT, timer.due, cause=cause)

    def review(self, at: int) -> None:
        """What suppresses alarms has changed."""
        for record in list(self._state.alarms.values()):
            suppressor = self.suppressor(record)
            if record.state is AlarmState.SUPPRESSED and suppressor is None:
                self._transition(record, Trigger.UNSUPPRESS, at, cause="what suppressed it is over")
            elif suppressor is not None and (record.state, Trigger.SUPPRESS) in TABLE:
                self._transition(record, Trigger.SUPPRESS, at, cause=suppressor.why, by=suppressor.by)

    def begin(self, at: int, configured: Callable[[AlarmRecord], bool]) -> None:
        """A run begins: clear the alarms of what the site file names no more, and repeat the others as it says."""
        for record in list(self._state.alarms.values()):
            if configured(record):
                self._time_repeat(record, max(record.at, at - (self._site.alarms.repeat or 0)))
            else:
                record.active = False
                self._transition(record, Trigger.REMOVE, at, cause="no longer configured")

    def _judge(self, record: AlarmRecord, at: int, cause: str | None) -> None:
        """Bring the alarm to where its condition wants it; suppressed, if something explains it."""
        if not record.active:
            rule = self._rules.get((record.zone or "", record.rule))
            self._transition(record, Trigger.RETURN_LATCHED if rule is not None and rule.latch else Trigger.RETURN, at, cause=cause)
            return
        suppressor = None if record.state in ACTIVE else self.suppressor(record)
        if suppressor is not None and (record.state, Trigger.SUPPRESS) in TABLE:
            self._transition(record, Trigger.SUPPRESS, at, cause=suppressor.why, by=suppressor.by)
        else:
            self._transition(record, Trigger.CONDITION, at, cause=cause)

    def _subject(self, operator: Operator) -> AlarmRecord:
        """The alarm of a rule of a zone or unit, whether or not there has been any."""
        rule, place = operator.rule or "", operator.zone or operator.unit or ""
        key = alarm_key(operator.zone, operator.unit, None, rule)
        record = self._state.alarms.get(key)
        if record is None:
            known = self._rules.get((place, rule))
            priority = known.priority if known is not None else BUILT_IN[rule] if operator.zone is not None else UNIT_RULES[rule][1]
            record = self._state.alarms[key] = AlarmRecord(
                id="",
                zone=operator.zone,
                unit=operator.unit,
                hall=self._halls.get(place),
                rule=rule,
                priority=priority,
                state=AlarmState.NORMAL,
                active=False,
            )
        return record

    def _transition(
        self, record: AlarmRecord, trigger: Trigger, at: int, *, cause: str | None, by: str | None = None, until: int | None = None
    ) -> None:
        transition = TABLE.get((record.state, trigger))
        if transition is None:
            return
        before, record.state = record.state, transition.state
        if not record.id or (trigger is Trigger.CONDITION and record.state is AlarmState.UNACKNOWLEDGED and before not in STANDING):
            record.id = alarm_id(place_of(record, self._site.name), record.rule, at)
            rule = self._rules.get((record.zone or "", record.rule))
            record.priority = record.priority if rule is None else rule.priority  # another site file may say something else
        self._time(record, at, until)
        if transition.event is not None:
            if record.state not in ASIDE or record.state is not before or trigger is Trigger.SHELVE:
                record.at, record.by, record.told, record.why = at, by, transition.event, cause
                self.tell(_event(record, transition.event, cause))
            else:
                self._record(record, transition.event, at, cause)
        if record.state is AlarmState.NORMAL:
            if record.active:
                self._judge(record, at, record.cause)
            else:
                self._forget(record)

    def _time(self, record: AlarmRecord, at: int, until: int | None) -> None:
        """Set and cancel what runs while the alarm is in its state."""
        timeline, key = self._state.timeline, alarm_of(record)
        if record.state is AlarmState.SHELVED:
            if until is not None:
                record.until = until
                timeline.set("shelf", until, key)
        elif record.until is not None:
            record.until = None
            timeline.cancel("shelf", key)
        self._time_repeat(record, at)

    def _time_repeat(self, record: AlarmRecord, since: int) -> None:
        timeline, repeat = self._state.timeline, self._site.alarms.repeat
        key = alarm_of(record)
        if record.state is AlarmState.ACKNOWLEDGED and repeat is not None:
            timeline.set("repeat", since + repeat, key)
        else:
            timeline.cancel("repeat", key)

    def _record(self, record: AlarmRecord, kind: str, at: int, cause: str | None) -> None:
        """What an alarm that is put aside would have told."""
        self.tell(
            ConditionEvent(
                at=at,
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
            )
        )

    def _forget(self, record: AlarmRecord) -> None:
        self._state.alarms = {key: kept for key, kept in self._state.alarms.items() if kept is not record}


def standing(state: HallState) -> list[AlarmEvent]:
    """The alarms that stand, oldest first, each as its last event would say it now."""
    types = {AlarmState.UNACKNOWLEDGED: "alarm.raised", AlarmState.ACKNOWLEDGED: "alarm.acknowledged"}
    records = [*state.alarms.values()]  # at once: other threads may ask
    found = [
        _event(record, record.told or types[record.state], record.cause)
        for record in records
        if record.state in STANDING and (record.told or record.state in types)
    ]
    return sorted(found, key=lambda event: event.at)


def aside(state: HallState) -> list[AlarmEvent]:
    """The alarms that are shelved, suppressed or out of service, oldest first, each as its last event would say it now."""
    records = [*state.alarms.values()]
    found = [_event(record, record.told, record.why) for record in records if record.state in ASIDE and record.told]
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
        until=record.until,
        first_out=record.first_out,
    )
