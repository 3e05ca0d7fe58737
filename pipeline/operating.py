"""What operators ask for: the frames of `$hotzone/operator`, checked against the site before anything changes.

A frame that is wrong in itself is a dead letter with one of `Fault`'s reasons. One that is well formed and cannot be done, such as
acknowledging an alarm that is over, is told as `operator.refused` by whoever knows.
"""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct, ValidationError, json

from ..config.durations import format_duration
from ..config.model import Site
from ..config.problems import nearest
from .conditions import BUILT_IN
from .inputs import Action, Operator
from .supervisor import RULES as UNIT_RULES

LONGEST_NAME: Final = 64
"""Characters of an operator's name."""
_CLEAN: Final = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*"
_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=rf"\A{_CLEAN}\Z")]
_Text = Annotated[str, Meta(max_length=500, pattern=rf"\A{_CLEAN}\Z")]
_Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Fault(StrEnum):
    """Why a frame of an operator is a dead letter, `MALFORMED` of any that is no reading."""

    MALFORMED = "bad-message"
    """No JSON, or a field of the wrong kind."""
    ACTION = "unknown-action"
    NEEDED = "missing-field"
    """The action needs more: a name, a reason, an end."""
    NEEDLESS = "needless-field"
    """The action has no such thing; whoever sent it expects something else."""
    NAME = "unknown-name"
    """A zone, hall, unit or rule that the site does not have."""
    TIME = "bad-time"
    """The end is not after the beginning."""
    LONG = "too-long"
    """The end is further away than the site file allows."""
    VALUE = "bad-value"
    """No percentage."""


class Wrong(ValueError):
    """A frame that asks for nothing that could be done."""

    def __init__(self, reason: Fault, why: str) -> None:
        super().__init__(why)
        self.reason = reason


NEEDS: Final[dict[Action, tuple[str, ...]]] = {
    Action.ACKNOWLEDGE: ("alarm",),
    Action.RESET: ("alarm",),
    Action.SHELVE: ("alarm", "reason", "until"),
    Action.UNSHELVE: ("alarm",),
    Action.SERVICE: ("rule", "reason"),
    Action.RETURN: ("rule",),
    Action.OVERRIDE: ("unit", "value", "reason", "until"),
    Action.RELEASE: ("unit",),
    Action.MAINTENANCE: ("hall", "reason", "until"),
    Action.RESUME: ("hall",),
}
"""What each action needs beside `by`; a reason may always be given. Out of service and back need a zone or a unit as well."""
_EITHER: Final = {Action.SERVICE, Action.RETURN}


class _Asked(Struct):
    action: str
    by: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME, pattern=rf"\A{_CLEAN}\Z")]
    reason: _Text = ""
    alarm: _Name | None = None
    zone: _Name | None = None
    hall: _Name | None = None
    unit: _Name | None = None
    rule: _Name | None = None
    until: _Whole | None = None
    value: float | None = None


_decoder = json.Decoder(_Asked)


class Desk:
    """Knows what the site has, and how long things may be put aside."""

    def __init__(self, site: Site) -> None:
        self._names = {
            "zone": {zone.id for zone in site.zones},
            "hall": {hall.id for hall in site.halls},
            "unit": {unit.id for unit in site.units},
        }
        self._rules = {zone.id: {*BUILT_IN, *(rule.rule for rule in zone.rules)} for zone in site.zones}
        self._longest = {
            Action.OVERRIDE: site.alarms.override,
            Action.MAINTENANCE: site.alarms.maintenance,
            Action.SHELVE: max(site.alarms.shelf_low, site.alarms.shelf_medium, site.alarms.shelf_high, site.alarms.shelf_critical),
        }

    def read(self, at: int, payload: bytes) -> Operator:
        """What is asked for at `at`. Raises `Wrong`: it is nothing, with the reason and, in words, why."""
        try:
            asked = _decoder.decode(payload)
        except (ValidationError, ValueError, RecursionError) as error:
            raise Wrong(Fault.MALFORMED, str(error)) from None
        try:
            action = Action(asked.action)
        except ValueError:
            raise Wrong(Fault.ACTION, f"no action {asked.action!r}{_near(asked.action, Action)}") from None
        self._check_fields(action, asked)
        self._check_names(asked)
        self._check_end(action, asked.until, at)
        if asked.value is not None and not 0.0 <= asked.value <= 100.0:
            raise Wrong(Fault.VALUE, f"value {asked.value:g}: expected 0 to 100 percent")
        return Operator(
            at,
            action,
            asked.by.strip(),
            asked.reason.strip(),
            asked.alarm,
            asked.zone,
            asked.hall,
            asked.unit,
            asked.rule,
            asked.until,
            asked.value,
        )

    def _check_fields(self, action: Action, asked: _Asked) -> None:
        needs = NEEDS[action]
        given = {name for name in ("alarm", "zone", "hall", "unit", "rule", "until", "value") if getattr(asked, name) is not None}
        if asked.reason.strip():
            given.add("reason")
        missing = [name for name in needs if name not in given]
        if not asked.by.strip():
            missing.insert(0, "by")
        places = given & {"zone", "unit"}
        if action in _EITHER and len(places) != 1:
            raise Wrong(Fault.NEEDLESS if places else Fault.NEEDED, f"{action} needs a zone or a unit, one of them")
        if missing:
            raise Wrong(Fault.NEEDED, f"{action} needs {' and '.join(missing)}")
        needless = sorted(given - {"reason", *needs} - (places if action in _EITHER else set()))
        if needless:
            raise Wrong(Fault.NEEDLESS, f"{action} has no {' and no '.join(needless)}")

    def _check_names(self, asked: _Asked) -> None:
        for kind, known in self._names.items():
            name = getattr(asked, kind)
            if name is not None and name not in known:
                raise Wrong(Fault.NAME, f"no {kind} {name!r} in the site{_near(name, known)}")
        if asked.rule is not None:
            rules = self._rules[asked.zone] if asked.zone is not None else set(UNIT_RULES)
            if asked.rule not in rules:
                raise Wrong(Fault.NAME, f"no rule {asked.rule!r} of {asked.zone or asked.unit}{_near(asked.rule, rules)}")

    def _check_end(self, action: Action, until: int | None, at: int) -> None:
        if until is None:
            return
        if until <= at:
            raise Wrong(Fault.TIME, "until is not in the future")
        if until - at > self._longest[action]:
            raise Wrong(Fault.LONG, f"until is more than {format_duration(self._longest[action])} away, which is the most")


def _near(name: str, known: "set[str] | type[Action]") -> str:
    close = nearest(name, [str(one) for one in known])
    return f"; did you mean {close!r}?" if close else ""
