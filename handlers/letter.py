"""An event as a mail for somebody who was asleep: what, how bad and since when in the subject; the rest on one screen of a phone.

The mails of one alarm are one thread: its beginning has a Message-ID by the alarm's life, and the others refer to it. The same event gives the
same Message-ID, so a mail that is sent twice shows once.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final, NamedTuple

from ..config.model import Site
from ..config.units import MINUTE, SECOND
from ..pipeline import AlarmEvent, AlarmState, Event
from ..pipeline.alarms import STANDING
from ..pipeline.saying import SHARE, measured_in
from ..pipeline.subject import place_of
from ..sensors.reading import Quality
from .sample import CAUSE as SAMPLE
from .view import View
from .words import clean, facts, sentence, title

LISTED: Final = 10
"""Alarms that a mail lists by name."""
_SHORT: Final = 60
"""Characters of a cause that goes into a subject."""
_LONGEST: Final = 160
"""Characters of a subject."""


class Around(NamedTuple):
    """What there is to say beside the event."""

    site: Site
    standing: Sequence[AlarmEvent]
    view: View
    now: datetime
    """Wall time."""
    zone: tzinfo | None = None
    """The readers' time zone; without it, this machine's."""

    def local(self, at: int) -> datetime:
        """A time of the log in the readers' time zone, to the second."""
        return datetime.fromtimestamp(at // SECOND, UTC).astimezone(self.zone)

    def clock(self, at: int, *, to: str = "minutes") -> str:
        """A time of the log as the readers' clock shows it; with its date where that is not today's."""
        moment = self.local(at)
        time = moment.time().isoformat(to)
        return time if moment.date() == self.now.astimezone(self.zone).date() else f"{moment.date()} {time}"


def letter(event: Event, around: Around, *, sender: Address, recipients: Sequence[Address], tag: str) -> EmailMessage:
    """The mail, all of whose headers are of one line whatever the event says."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipients
    message["Subject"] = clean(f"[{tag}] {'TEST ' if event.cause == SAMPLE else ''}{subject(event, around)}", _LONGEST)
    message["Date"] = format_datetime(around.now.astimezone(around.zone))
    begins = not isinstance(event, AlarmEvent) or (event.type == "alarm.raised" and event.at == event.raised_at)
    root = _message_id(around, event.alarm if isinstance(event, AlarmEvent) else event.id, sender.domain)
    message["Message-ID"] = root if begins else _message_id(around, event.id, sender.domain)
    if not begins:
        message["In-Reply-To"] = root
        message["References"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if isinstance(event, AlarmEvent) and event.type == "alarm.raised" and event.priority.rank >= 2:
        message["Importance"] = "high"
    message.set_content("\n".join(clean(line) for line in _body(event, around)) + "\n", cte="quoted-printable")
    return message


def subject(event: Event, around: Around) -> str:
    """`CRITICAL A1: hot 33.2 °C (limit 32.0) since 03:12`."""
    if not isinstance(event, AlarmEvent):
        return title(event, around.site)
    what = f"{_where(event, around)}: {event.rule}"
    since = around.clock(event.raised_at)
    if event.type == "alarm.acknowledged":
        return f"ACKNOWLEDGED {what}, by {event.by or 'somebody'}, since {since}"
    if event.type == "alarm.cleared":
        return f"CLEARED {what}{_measured(event, around)}, {since} to {around.clock(event.at)}"
    if event.type == "alarm.latched":
        return f"LATCHED {what}, {since} to {around.clock(event.at)}, to be reset"
    if event.state not in STANDING:
        return f"{title(event, around.site)}, since {since}"
    if event.type == "alarm.repeated":
        return f"{event.priority.upper()} {what}{_measured(event, around)}{_limit(event, around)} still, since {since}"
    return f"{event.priority.upper()} {what}{_measured(event, around)}{_limit(event, around)} since {around.clock(event.at)}"


def _body(event: Event, around: Around) -> Iterator[str]:
    if isinstance(event, AlarmEvent):
        yield from _alarm(event, around)
    else:
        yield f"{title(event, around.site)}. {sentence(event, around.site)}."
        yield f"At {around.clock(event.at, to='seconds')}."
    if (now := _now(event, around.view)) is not None:
        yield ""
        yield now
    yield ""
    yield from _standing(around)
    yield ""
    shown = {"site", "hall", "zone", "unit"}
    yield from (f"{name} {value}" for name, value in facts(event, around.site) if name in shown)
    yield f"time {around.local(event.at).isoformat()}"
    yield f"event {event.id}"


def _alarm(event: AlarmEvent, around: Around) -> Iterator[str]:
    unit = _unit(event, around)
    measured = f" {event.value:.1f} {unit}" if event.value is not None and unit else ""
    limit = f", limit {event.limit:.1f} {unit}" if event.limit is not None and unit else ""
    yield f"{_where(event, around)}: {event.rule}{measured}{limit}."
    since = around.clock(event.raised_at, to="seconds")
    if event.cause:
        yield f"{event.cause}."
    match event.type:
        case "alarm.acknowledged":
            standing = "It stands" if event.state in STANDING else "It was over before"
            yield f"{event.by or 'Somebody'} acknowledged it at {around.clock(event.at, to='seconds')}. {standing}, {event.priority} since {since}."
        case "alarm.cleared":
            yield f"Over at {around.clock(event.at, to='seconds')}, {event.priority} since {since}: {_lasted(event.at - event.raised_at)}."
        case _ if event.state not in STANDING:
            who = f" by {event.by}" if event.by else ""
            until = f", until {around.clock(event.until, to='seconds')}" if event.until is not None else ""
            yield f"{title(event, around.site)}{who} at {around.clock(event.at, to='seconds')}{until}."
        case "alarm.latched":
            yield f"Over at {around.clock(event.at, to='seconds')}; it stands until somebody has acknowledged and reset it."
        case "alarm.repeated":
            yield f"It still stands at {around.clock(event.at, to='seconds')}, {event.priority} since {since}."
        case _ if event.at != event.raised_at:
            yield f"{event.priority.capitalize()}, again since {around.clock(event.at, to='seconds')}, first at {since}."
        case _:
            yield f"{event.priority.capitalize()} since {since}."
    if event.state in {AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED}:
        yield "Nobody has acknowledged it."


def _now(event: Event, view: View) -> str | None:
    """How its zone or unit is at the time of writing, which may be later than the event."""
    zone = view.zones.get(event.zone or "")
    unit = view.units.get(getattr(event, "unit", None) or "")
    if unit is not None:
        fan = "fan unknown" if unit.fan is None else f"fan {unit.fan:.0f} %"
        return f"Now: {unit.condition}, {fan}" + ("." if unit.commanded is None else f", commanded {unit.commanded:.0f} %.")
    if zone is None:
        return None
    value = "no value" if zone.value is None else f"{zone.value:.1f} °C"
    demand = "" if zone.demand is None else f", cooling demand {zone.demand:.0f} %"
    return f"Now: {zone.condition}, {value}{demand}, {zone.inlets[Quality.GOOD]} of {sum(zone.inlets.values())} inlets good."


def _standing(around: Around) -> Iterator[str]:
    """The alarms that stand at the time of writing, the worst first."""
    alarms = sorted(around.standing, key=lambda event: (-event.priority.rank, event.at))
    if not alarms:
        yield "No alarm stands."
        return
    yield "1 alarm stands:" if len(alarms) == 1 else f"{len(alarms)} alarms stand:"
    for one in alarms[:LISTED]:
        yield f"- {one.priority.upper()} {_where(one, around)}: {one.rule} since {around.clock(one.raised_at)}"
    if len(alarms) > LISTED:
        yield f"- and {len(alarms) - LISTED} more"


def _where(event: AlarmEvent, around: Around) -> str:
    return place_of(event, around.site.name)


def _unit(event: AlarmEvent, around: Around) -> str:
    """What its value is measured in; empty for a count and a share, which its cause tells better."""
    return "°C" if event.cause == SAMPLE else measured_in(event, around.site).replace(SHARE, "")


def _measured(event: AlarmEvent, around: Around) -> str:
    """` 33.2 °C`; where there is nothing to measure, the cause if it is short."""
    unit = _unit(event, around)
    if event.value is not None and unit:
        return f" {event.value:.1f} {unit}"
    return f", {event.cause}," if event.cause and len(event.cause) <= _SHORT and event.type == "alarm.raised" else ""


def _limit(event: AlarmEvent, around: Around) -> str:
    return "" if event.limit is None or not _unit(event, around) else f" (limit {event.limit:.1f})"


def _lasted(duration: int) -> str:
    minutes, seconds = divmod(duration // SECOND, MINUTE // SECOND)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else f"{seconds} s"


def _message_id(around: Around, subject: str, domain: str) -> str:
    name = sha256(f"{around.site.name}\n{subject}".encode(errors="replace")).hexdigest()[:32]
    return f"<{name}@{domain}>"
