"""What an alarm is about, and the names that follow from it: of its place, of the alarm in all its lives, and of one life."""

from typing import Protocol


class Placed(Protocol):
    """What is about a zone, else about a unit, else about a hall, else about the site."""

    @property
    def zone(self) -> str | None:
        """Its id."""

    @property
    def unit(self) -> str | None:
        """Its id."""

    @property
    def hall(self) -> str | None:
        """Its id; that of a zone or unit, too."""


class Subject(Placed, Protocol):
    """What has a place and a rule: a condition, an alarm, their events."""

    @property
    def rule(self) -> str:
        """Its name."""


def place_of(it: Placed, site: str) -> str:
    """The nearest place that it names; `site` where it names none."""
    return it.zone or it.unit or it.hall or site


def alarm_key(zone: str | None, unit: str | None, hall: str | None, rule: str) -> str:
    """What an alarm is about: the same for every life of it."""
    place = f" {hall}" if zone is None and unit is None and hall is not None else ""
    return f"{zone or ''} {unit or ''} {rule}{place}"


def alarm_of(it: Subject) -> str:
    """The key of the alarm that it is about."""
    return alarm_key(it.zone, it.unit, it.hall, it.rule)


def alarm_id(place: str, rule: str, raised_at: int) -> str:
    """The id of one life of an alarm, `A1:high@1700000000000000000`."""
    return f"{place}:{rule}@{raised_at}"


def subject_of(alarm: str) -> tuple[str, str]:
    """The place and the rule of an alarm's id. Raises ValueError."""
    place, _, rest = alarm.partition(":")
    rule, _, at = rest.rpartition("@")
    if not place or not rule or not at.isdecimal():
        msg = f"{alarm!r} is no alarm: expected PLACE:RULE@NANOSECONDS, as the journal has it"
        raise ValueError(msg)
    return place, rule


def raised_at(alarm: str) -> int:
    """When the alarm was raised, by its id, ns. Raises ValueError."""
    subject_of(alarm)
    return int(alarm.rpartition("@")[2])
