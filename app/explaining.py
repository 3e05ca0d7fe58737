"""`hotzone explain`: a recording folded up to the moment, and the explanation of it."""

from pathlib import Path

from ..config.units import HOUR
from ..pipeline import AlarmEvent, Event
from ..pipeline.explaining import BEFORE, Explanation, explain
from ..pipeline.situation import clock
from ..pipeline.subject import raised_at
from ..sensors.recording import Recording
from .errors import UserError
from .replay import fold

AFTER = HOUR
"""How long after an alarm was raised the chain goes on, if the recording does."""


def explain_recorded(path: Path, *, alarm: str | None = None, zone: str | None = None, at: int | None = None) -> Explanation:
    """Why there is an alarm, or what alarms a zone has at a moment and why no others.

    Raises:
        UserError: there is no such alarm, zone or time.
    """
    recording = Recording(path)
    if alarm is not None:
        try:
            at = raised_at(alarm)
        except ValueError as error:
            raise UserError(str(error)) from None
    first, last = recording.first_at, recording.last_at
    if first is None or last is None or at is None:
        msg = f"{path} has no frames"
        raise UserError(msg)
    if not first <= at <= last:
        msg = f"the recording goes from {clock(first)} to {clock(last)}: {clock(at)} is not in it"
        raise UserError(msg)
    events: list[Event] = []
    begin = recording.snapshot_before(at - BEFORE)
    pipeline = None
    for folded in fold(recording, since=begin, until=at + 1):
        pipeline = folded.pipeline
        events += [event for event in folded.events if event.at >= at - BEFORE]
    if pipeline is None:
        msg = f"{path} has nothing before {clock(at)}"
        raise UserError(msg)
    site = pipeline.site
    if pipeline.at < at:
        events += pipeline.advance_to(at)
    try:
        found = explain(site, pipeline.state, events, at, alarm=alarm, zone=zone)
        if alarm is None:
            return found
        return explain(site, pipeline.state, events + _later(recording, alarm, at), at, alarm=alarm)
    except LookupError as error:
        raise UserError(str(error.args[0])) from None


def _later(recording: Recording, alarm: str, at: int) -> list[Event]:
    """What became of the alarm after it was raised."""
    found: list[Event] = []
    for folded in fold(recording, since=recording.snapshot_before(at), until=at + AFTER):
        found += [event for event in folded.events if event.at > at and isinstance(event, AlarmEvent) and event.alarm == alarm]
    return found
