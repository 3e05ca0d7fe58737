"""Frames of operators: what is complete is understood, and what is wrong says why and changes nothing."""

import json

import pytest

from hotzone.config.units import DAY, HOUR, MINUTE
from hotzone.pipeline import Pipeline
from hotzone.pipeline.inputs import Action
from hotzone.pipeline.operating import NEEDS, Desk, Fault, Wrong
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, own, site, start, unit, zone

SITE = site(zone("A1"), units=[unit("crac-1", ["A1"])])
DESK = Desk(SITE)
SOON = EPOCH + 10 * MINUTE
GOOD: dict[Action, dict[str, object]] = {
    Action.ACKNOWLEDGE: {"alarm": "A1:high@1"},
    Action.RESET: {"alarm": "A1:high@1"},
    Action.SHELVE: {"alarm": "A1:high@1", "reason": "filter change", "until": SOON},
    Action.UNSHELVE: {"alarm": "A1:high@1"},
    Action.SERVICE: {"zone": "A1", "rule": "high", "reason": "door broken"},
    Action.RETURN: {"unit": "crac-1", "rule": "unit-failed"},
    Action.OVERRIDE: {"unit": "crac-1", "value": 80.0, "until": SOON, "reason": "belt"},
    Action.RELEASE: {"unit": "crac-1"},
    Action.MAINTENANCE: {"hall": "h", "until": SOON, "reason": "new racks"},
    Action.RESUME: {"hall": "h"},
}


def read(**fields: object) -> object:
    return DESK.read(EPOCH, json.dumps({"by": "kim", **fields}).encode())


@pytest.mark.parametrize("action", list(Action))
def test_a_complete_frame_is_understood(action: Action) -> None:
    found = DESK.read(EPOCH, json.dumps({"action": action, "by": "kim", **GOOD[action]}).encode())
    assert (found.at, found.action, found.by) == (EPOCH, action, "kim")
    assert {name: getattr(found, name) for name in GOOD[action]} == GOOD[action]


@pytest.mark.parametrize(("action", "field"), [(action, field) for action, needs in NEEDS.items() for field in (*needs, "by")])
def test_without_any_one_of_what_it_needs_it_is_refused(action: Action, field: str) -> None:
    fields = {"by": "kim", **GOOD[action], "action": action}
    del fields[field]
    with pytest.raises(Wrong) as wrong:
        DESK.read(EPOCH, json.dumps(fields).encode())
    assert wrong.value.reason == (Fault.MALFORMED if field == "by" else Fault.NEEDED)


BAD = [
    ("no JSON", b"acknowledge", Fault.MALFORMED),
    ("a list", b"[]", Fault.MALFORMED),
    ("a number for a name", {"action": "acknowledge", "alarm": 7}, Fault.MALFORMED),
    ("a control character in a name", {"action": "acknowledge", "alarm": "a", "by": "k\x1bim"}, Fault.MALFORMED),
    ("text turned around", {"action": "acknowledge", "alarm": "a", "reason": "\u202eabc"}, Fault.MALFORMED),
    ("a reason without end", {"action": "acknowledge", "alarm": "a", "reason": "x" * 501}, Fault.MALFORMED),
    ("nobody", {"action": "acknowledge", "alarm": "a", "by": "  "}, Fault.NEEDED),
    ("a blank reason", {**GOOD[Action.SHELVE], "action": "shelve", "reason": "  "}, Fault.NEEDED),
    ("an action that there is not", {"action": "acknowlege", "alarm": "a"}, Fault.ACTION),
    ("an end for an acknowledgement", {"action": "acknowledge", "alarm": "a", "until": SOON}, Fault.NEEDLESS),
    ("a zone and a unit", {"action": "service", "zone": "A1", "unit": "crac-1", "rule": "high", "reason": "r"}, Fault.NEEDLESS),
    ("neither a zone nor a unit", {"action": "service", "rule": "high", "reason": "r"}, Fault.NEEDED),
    ("a zone that there is not", {"action": "return", "zone": "A9", "rule": "high"}, Fault.NAME),
    ("a rule of another kind", {"action": "return", "zone": "A1", "rule": "unit-failed"}, Fault.NAME),
    ("a hall that there is not", {"action": "resume", "hall": "x"}, Fault.NAME),
    ("an end that has been", {**GOOD[Action.SHELVE], "action": "shelve", "until": EPOCH}, Fault.TIME),
    ("a shelf for ever", {**GOOD[Action.SHELVE], "action": "shelve", "until": EPOCH + 2 * DAY}, Fault.LONG),
    ("an override for ever", {**GOOD[Action.OVERRIDE], "action": "override", "until": EPOCH + 9 * HOUR}, Fault.LONG),
    ("more than everything", {**GOOD[Action.OVERRIDE], "action": "override", "value": 100.5}, Fault.VALUE),
    ("less than nothing", {**GOOD[Action.OVERRIDE], "action": "override", "value": -1}, Fault.VALUE),
    ("a time beyond 64 bits", {**GOOD[Action.SHELVE], "action": "shelve", "until": 2**70}, Fault.MALFORMED),
]


@pytest.mark.parametrize(("name", "asked", "reason"), BAD, ids=[name for name, *_ in BAD])
def test_what_is_wrong_is_a_dead_letter_with_its_reason_and_changes_nothing(name: str, asked: object, reason: Fault) -> None:
    payload = asked if isinstance(asked, bytes) else json.dumps({"by": "kim", **asked}).encode()
    pipeline, idle = Pipeline(SITE), Pipeline(SITE)
    pipeline.push([start(), frame := Frame(EPOCH + 1, Own.OPERATOR, payload)])
    idle.push([start(), Frame(EPOCH + 1, Own.TICK, b"{}")])
    assert pipeline.take_rejected() == [(*frame, reason)], name
    assert pipeline.snapshot() == idle.snapshot()


def test_a_misspelt_name_is_told_with_the_nearest() -> None:
    with pytest.raises(Wrong, match="did you mean 'crac-1'"):
        read(action="release", unit="crac1")
    with pytest.raises(Wrong, match="did you mean 'shelve'"):
        read(action="shelf", alarm="a", reason="r", until=SOON)


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.UNSHELVE, Action.RELEASE, Action.RESUME])
def test_what_is_well_said_and_cannot_be_done_is_refused_with_the_reason(action: Action) -> None:
    pipeline = Pipeline(SITE)
    pipeline.push([start()])
    told = pipeline.push([own(EPOCH + 1, Own.OPERATOR, action=action, by="kim", **GOOD[action])])
    assert [(event.type, event.action, event.by) for event in told] == [("operator.refused", action, "kim")]
    assert told[0].cause
