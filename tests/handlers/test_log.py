"""The structured log of events."""

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from hotzone.config.model import Priority
from hotzone.handlers import Context, Subscription
from hotzone.handlers.log import log
from hotzone.handlers.sample import sample
from hotzone.pipeline import AlarmEvent
from support.sites import site


@pytest.mark.parametrize(
    ("kind", "priority", "level"),
    [
        ("alarm.raised", Priority.LOW, "info"),
        ("alarm.raised", Priority.MEDIUM, "warning"),
        ("alarm.raised", Priority.HIGH, "error"),
        ("alarm.raised", Priority.CRITICAL, "critical"),
        ("alarm.cleared", Priority.CRITICAL, "info"),
        ("cooling.command", None, "debug"),
        ("zone.state", None, "info"),
    ],
)
def test_it_is_loud_by_priority(kind: str, priority: Priority | None, level: str) -> None:
    event = sample(site(), Subscription(events=kind), 7)
    if isinstance(event, AlarmEvent) and priority is not None:
        event = structs.replace(event, priority=priority)
    with capture_logs() as lines:
        log(event, Context("log", site(), {}, lambda *_: None))
    (line,) = lines
    assert (line["event"], line["log_level"], line["at"]) == (kind, level, 7)


def test_a_zero_is_a_value() -> None:
    event = structs.replace(sample(site(), Subscription(events="cooling.command"), 7), value=0.0)
    with capture_logs() as lines:
        log(event, Context("log", site(), {}, lambda *_: None))
    assert lines[0]["value"] == 0.0
    assert "again" not in lines[0]


def test_what_others_wrote_goes_into_fields_and_never_into_the_text() -> None:
    event = structs.replace(sample(site(), Subscription(events="note"), 7), text="%s {x}\nalarm.raised")
    with capture_logs() as lines:
        log(event, Context("log", site(), {}, lambda *_: None))
    assert lines[0]["event"] == "note"
    assert lines[0]["text"] == "%s {x}\nalarm.raised"
