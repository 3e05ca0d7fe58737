"""Key figures of an alarm system over any time (ISA-18.2-2016, table 7, and EEMUA 191, after public reproductions), from events alone.

A rate says nothing by itself: peaks, floods and who calls most are beside it. Whoever asks gives the time and how many operators share
the alarms; thirty days or more make figures that can be compared with the targets.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from msgspec import Struct

from ..config.model import Priority
from ..config.units import DAY, HOUR, MINUTE, SECOND
from .alarms import ASIDE, ENDS, FLOOD_ABOVE, FLOOD_BELOW, STANDING, TEN_MINUTES
from .events import AlarmEvent, AlarmState, Event, OperatorEvent
from .state import AlarmRecord
from .subject import Subject, alarm_of, place_of, raised_at

STALE_AFTER: Final = 24 * HOUR
CHATTER: Final = 3
"""So often within a minute."""
_FLEETING: Final = 10 * SECOND
_TOP: Final = 10


class Call(Struct):
    """One annunciation: an alarm that called people."""

    at: int
    alarm: str
    key: str
    """What it is about, the same for every life of it."""
    name: str
    priority: Priority
    acknowledged: int | None = None
    ended: int | None = None
    """When its condition was over or it was put aside, log time, ns."""


class Flood(Struct, frozen=True):
    """A flood of alarms."""

    begin: int
    end: int
    alarms: int
    peak: int
    """Most in ten minutes."""


class Offender(Struct, frozen=True):
    """An alarm that calls often."""

    name: str
    count: int
    share: float


class Figure(Struct, frozen=True, kw_only=True):
    """One figure beside its target."""

    name: str
    value: float | None
    unit: str
    target: str
    good: bool | None
    """None where there is nothing to judge."""


class Kpi(Struct, frozen=True, kw_only=True):
    """Everything, from `since` to `until`."""

    since: int
    until: int
    operators: int
    annunciated: int
    figures: tuple[Figure, ...]
    floods: tuple[Flood, ...]
    top: tuple[Offender, ...]
    chattering: tuple[str, ...]
    fleeting: tuple[str, ...]
    stale: tuple[str, ...]
    """Alarms that stand for more than a day at the end."""
    standing: int
    aside: dict[str, int]
    """How many are shelved, suppressed, out of service at the end."""
    refused: int
    """Actions of operators that could not be done."""


class Calls:
    """Collects what the figures are made of; `take` it every event, in order, and ask as often as you like.

    What is older than `keep` is forgotten, and of more than `most` calls the first half; the figures go back less far then.
    """

    def __init__(self, keep: int = 400 * DAY, most: int = 200_000) -> None:
        self.calls: list[Call] = []
        self._since = 0
        self._open: dict[str, Call] = {}
        self._aside: dict[str, list[tuple[int, AlarmState]]] = {}
        """By what it is about: since when it was put aside or, normal, back."""
        self._refused: list[int] = []
        self._keep = keep
        self._most = most

    def begin(self, at: int, stood: Iterable[AlarmRecord] = ()) -> None:
        """Hear of everything from this moment on, at which there were these alarms already."""
        self._since = at
        for one in sorted((one for one in stood if one.id), key=_raised_at):
            key = alarm_of(one)
            self._put(at, key, one.state)
            if one.state in STANDING:
                self._call(one, _raised_at(one), one.id, Priority(one.priority))

    def take(self, events: Iterable[Event]) -> None:
        """Events as the journal has them; only those of alarms and operators count."""
        for event in events:
            if isinstance(event, AlarmEvent):
                self._alarm(event)
            elif isinstance(event, OperatorEvent):
                self._refused.append(event.at)

    def _alarm(self, event: AlarmEvent) -> None:
        key = alarm_of(event)
        self._put(event.at, key, event.state)
        call = self._open.get(key)
        if event.type in {"alarm.raised", "alarm.repeated"}:
            if call is not None and call.ended is None:
                call.ended = event.at
            self._call(event, event.at, event.alarm, event.priority)
            self._forget(event.at)
        elif call is not None:
            if event.type == "alarm.acknowledged" and call.acknowledged is None:
                call.acknowledged = event.at
            elif event.type in ENDS:
                call.ended = event.at
            if event.state is AlarmState.NORMAL:
                del self._open[key]

    def _call(self, about: Subject, at: int, alarm: str, priority: Priority) -> None:
        key = alarm_of(about)
        self._open[key] = call = Call(at, alarm, key, f"{place_of(about, 'site')} {about.rule}", priority)
        self.calls.append(call)

    def _put(self, at: int, key: str, state: AlarmState) -> None:
        past = self._aside.get(key)
        if state in ASIDE:
            self._aside.setdefault(key, []).append((at, state))
        elif past and past[-1][1] in ASIDE:
            past.append((at, AlarmState.NORMAL))

    def _forget(self, now: int) -> None:
        cut = now - self._keep if len(self.calls) <= self._most else self.calls[len(self.calls) // 2].at
        if self.calls[0].at >= cut:
            return
        self._since = max(self._since, cut)
        del self.calls[: bisect_left(self.calls, cut, key=_at)]
        del self._refused[: bisect_left(self._refused, cut)]
        for past in self._aside.values():
            del past[: max(0, bisect_left(past, cut, key=_first) - 1)]

    def kpi(self, since: int, until: int, operators: int = 1) -> Kpi:
        """The figures from `since`, or from where something is known, up to `until`, log time, ns.

        Raises ValueError for an empty time or no operators.
        """
        if until <= since or operators < 1:
            msg = "the end must be after the beginning, and there must be an operator"
            raise ValueError(msg)
        if since < self._since < until:
            since = self._since
        calls = self.calls[bisect_left(self.calls, since, key=_at) : bisect_left(self.calls, until, key=_at)]
        before = self.calls[: bisect_left(self.calls, until, key=_at)]
        standing = [one for one in before if one.ended is None or one.ended >= until]
        latest = {one.key: one for one in standing}
        offenders = [Offender(name, count, count / len(calls)) for name, count in Counter(one.name for one in calls).most_common(_TOP)]
        found = floods([one.at for one in calls], since, until, operators)
        chatter, fleet = chattering(calls), fleeting(calls)
        return Kpi(
            since=since,
            until=until,
            operators=operators,
            annunciated=len(calls),
            figures=tuple(_figures(calls, before, since, until, operators, found, offenders, chatter, fleet)),
            floods=tuple(found),
            top=tuple(offenders),
            chattering=tuple(chatter),
            fleeting=tuple(fleet),
            stale=tuple(sorted(one.name for one in latest.values() if until - one.at > STALE_AFTER)),
            standing=len(latest),
            aside=dict(Counter(self._put_aside(until))),
            refused=sum(since <= at < until for at in self._refused),
        )

    def _put_aside(self, until: int) -> Iterable[str]:
        for past in self._aside.values():
            place = bisect_left(past, until, key=_first)
            if place and past[place - 1][1] in ASIDE:
                yield str(past[place - 1][1])


def counts(times: Sequence[int], since: int, width: int) -> Counter[int]:
    """How many times fall into each interval of `width` from `since` on, by its number; those without any are left out."""
    return Counter((at - since) // width for at in times)


def intervals(since: int, until: int, width: int) -> int:
    """How many intervals there are; the last one may be shorter."""
    return max(1, -(-(until - since) // width))


def floods(times: Sequence[int], since: int, until: int, operators: int = 1) -> list[Flood]:
    """Floods, by intervals of ten minutes and per operator: from the first with more than ten up to the first with fewer than five."""
    found: list[Flood] = []
    begin: int | None = None
    alarms = peak = 0
    busy, end = counts(times, since, TEN_MINUTES), intervals(since, until, TEN_MINUTES)
    for index in sorted({*busy, *(number + 1 for number in busy if number + 1 < end)}):  # and each behind one, in which a flood may end
        count = busy[index]
        if begin is None and count > FLOOD_ABOVE * operators:
            begin, alarms, peak = since + index * TEN_MINUTES, 0, 0
        elif begin is not None and count < FLOOD_BELOW * operators:
            found.append(Flood(begin, since + index * TEN_MINUTES, alarms, peak))
            begin = None
        if begin is not None:
            alarms, peak = alarms + count, max(peak, count)
    if begin is not None:
        found.append(Flood(begin, until, alarms, peak))
    return found


def chattering(calls: Sequence[Call]) -> list[str]:
    """Names of alarms that were raised and over three times or more within a minute."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for one in calls:
        if one.ended is not None:
            by_name[one.name].append(one.at)
    return sorted(
        name for name, times in by_name.items() if any(b - a <= MINUTE for a, b in zip(times, times[CHATTER - 1 :], strict=False))
    )


def fleeting(calls: Sequence[Call]) -> list[str]:
    """Names of alarms that were over within ten seconds, before anybody did anything, and did not come again within a minute."""
    found: set[str] = set()
    following: dict[str, int] = {}
    for one in reversed(calls):
        again = following.get(one.name)
        following[one.name] = one.at
        short = one.ended is not None and one.ended - one.at <= _FLEETING and (one.acknowledged is None or one.acknowledged > one.ended)
        if short and (again is None or again - one.at > MINUTE):
            found.add(one.name)
    return sorted(found)


def stale_by_day(calls: Sequence[Call], since: int, until: int) -> int:
    """The most alarms that stood for more than a day, at the end of any day."""
    long = [one for one in calls if one.ended is None or one.ended - one.at > STALE_AFTER]
    ends = [*range(since + DAY, until, DAY), until]
    standing: list[int] = [sum(one.at <= end - STALE_AFTER and (one.ended is None or one.ended > end) for one in long) for end in ends]
    return max(standing)


def _figures(
    calls: Sequence[Call],
    before: Sequence[Call],
    since: int,
    until: int,
    operators: int,
    found: Sequence[Flood],
    offenders: Sequence[Offender],
    chatter: Sequence[str],
    fleet: Sequence[str],
) -> Iterable[Figure]:
    length, times = until - since, [one.at for one in calls]
    tens, hours = counts(times, since, TEN_MINUTES).values(), counts(times, since, HOUR).values()
    rate = len(calls) / operators / length
    yield _most("alarms per hour", rate * HOUR, "per operator", "about 6, at most 12", 12)
    yield _most("alarms per 10 minutes", rate * TEN_MINUTES, "per operator", "about 1, at most 2", 2)
    yield _most("alarms per day", rate * DAY, "per operator", "about 150, at most 300", 300)
    yield _most(
        "hours with more than 30",
        _share(sum(count > 30 * operators for count in hours), intervals(since, until, HOUR)),
        "%",
        "below 1 %",
        1,
    )
    yield _most(
        "10 minutes with more than 10",
        _share(sum(count > 10 * operators for count in tens), intervals(since, until, TEN_MINUTES)),
        "%",
        "below 1 %",
        1,
    )
    yield _most("most in 10 minutes", max(tens, default=0) / operators, "per operator", "at most 10", 10)
    yield _most("time in flood", _share(sum(one.end - one.begin for one in found), length), "%", "below 1 %", 1)
    yield _most("the ten that call most", 100 * sum(one.share for one in offenders) if calls else None, "%", "1 % to 5 %", 5)
    yield _most("chattering", float(len(chatter)), "alarms", "none", 0)
    yield _most("fleeting", float(len(fleet)), "alarms", "none", 0)
    yield _most("stale", float(stale_by_day(before, since, until)), "alarms on any day", "fewer than 5", 4)
    wanted = {Priority.LOW: "about 80 %", Priority.MEDIUM: "about 15 %", Priority.HIGH: "about 5 %", Priority.CRITICAL: "below 1 %"}
    split = Counter(one.priority for one in calls)
    for priority, target in wanted.items():
        yield Figure(name=f"of priority {priority}", value=_share(split[priority], len(calls)), unit="%", target=target, good=None)
    waits = sorted((one.acknowledged - one.at) / SECOND for one in calls if one.acknowledged is not None)
    for name, share in (("median", 0.5), ("90 %", 0.9), ("longest", 1.0)):
        value = waits[max(0, ceil(share * len(waits)) - 1)] if waits else None
        yield Figure(name=f"time to acknowledge, {name}", value=value, unit="s", target="by your own plan", good=None)
    answered = _share(len(waits), len(calls))
    yield Figure(name="acknowledged", value=answered, unit="%", target="all", good=None if answered is None else answered >= 100)


def _most(name: str, value: float | None, unit: str, target: str, most: float) -> Figure:
    return Figure(name=name, value=value, unit=unit, target=target, good=None if value is None else value <= most)


def _share(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _at(call: Call) -> int:
    return call.at


def _first(put: tuple[int, AlarmState]) -> int:
    return put[0]


def _raised_at(record: AlarmRecord) -> int:
    return raised_at(record.id)
