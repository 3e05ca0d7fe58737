"""A body of the user's own: a table of the site file, with `$names` in its texts. Values go into texts of a value that is already data, so
that no value can end a text, add a key or stand for another name."""

# ruff: noqa: D205, D209, EM102 - `Unfit` takes facts, not a message
import string
from collections.abc import Callable, Mapping
from typing import Final

from ...config.model import Priority
from ...config.problems import Unfit, join, listed, nearest
from ...config.secrets import Secret
from ...pipeline import AlarmEvent
from ...pipeline.alarms import ENDS
from ..words import moment
from .formats import Message

_FIELDS: Final = ("id", "type", "zone", "hall", "unit", "sensor", "rule", "priority", "state", "value", "limit", "cause", "by", "alarm")
PLACEHOLDERS: Final = (*_FIELDS, "site", "at", "since", "title", "summary", "action", "severity", "standing")
"""What a template may name."""
_ACTIONS: Final = {
    "alarm.acknowledged": "acknowledge",
    **dict.fromkeys((*ENDS, "alarm.unshelved", "alarm.unsuppressed", "alarm.in-service"), "resolve"),
}
_SEVERITIES: Final = {Priority.LOW: "info", Priority.MEDIUM: "warning", Priority.HIGH: "error", Priority.CRITICAL: "critical"}
"""As PagerDuty and others name them."""


class Template:
    """Checked when it is made. Raises `Unfit` for a name that there is not."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._body = body
        _check(body, "template")

    def filled(self, message: Message, escape: Callable[[str], str]) -> object:
        """The body. A text that is nothing but one name takes the value as it is, number, truth or null; secrets show."""
        values = _values(message)
        return _filled(self._body, values, escape)


def _check(node: object, key: str) -> None:
    match node:
        case Mapping():
            for name, inner in node.items():
                _check(inner, join(key, str(name)))
        case list():
            for index, inner in enumerate(node):
                _check(inner, join(key, str(index)))
        case str():
            template = string.Template(node)
            if not template.is_valid():
                raise Unfit(f"a $ that begins no name, at {key}", "$name or ${name}; $$ is the sign itself")
            for name in template.get_identifiers():
                if name not in PLACEHOLDERS:
                    raise Unfit(f"${name} at {key}", listed(sorted(PLACEHOLDERS), 30), nearest(name, PLACEHOLDERS))


def _filled(node: object, values: Mapping[str, object], escape: Callable[[str], str]) -> object:
    match node:
        case Mapping():
            return {name: _filled(inner, values, escape) for name, inner in node.items()}
        case list():
            return [_filled(inner, values, escape) for inner in node]
        case Secret():
            return node.reveal()
        case str():
            template = string.Template(node)
            names = template.get_identifiers()
            if len(names) == 1 and node in {f"${names[0]}", f"${{{names[0]}}}"}:
                alone = values[names[0]]
                return escape(alone) if isinstance(alone, str) else alone
            return template.substitute({name: "" if value is None else escape(str(value)) for name, value in values.items()})
    return node


def _values(message: Message) -> dict[str, object]:
    event = message.event
    found: dict[str, object] = {name: getattr(event, name, None) for name in _FIELDS}
    found |= {name: str(value) for name, value in found.items() if isinstance(value, str)}  # enums, too
    alarm = event if isinstance(event, AlarmEvent) else None
    return {
        **found,
        "site": message.site.name,
        "at": moment(event.at),
        "since": moment(alarm.raised_at if alarm else event.at),
        "title": message.title,
        "summary": message.text,
        "action": _ACTIONS.get(event.type, "trigger"),
        "severity": _SEVERITIES[alarm.priority] if alarm else "info",
        "standing": message.stands,
    }
