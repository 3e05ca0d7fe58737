"""What is said below a comparison that failed."""

from hotzone.app.testing import SECOND, replay
from hotzone.app.testing.comparing import explained

HEAT = "0s A1/r1=24 A1/r2=24 20s A1=33 60s A1=24 90s"


def test_of_events_what_differs_field_by_field() -> None:
    warm, high = replay(HEAT).all("alarm.raised")
    head, alarm, *rest = explained("==", warm, high) or []
    assert head == f"{warm.id} == {high.id}"
    assert alarm.startswith("  alarm: 'A1:warm@")
    assert rest == ["  rule: 'warm' != 'high'", "  priority: 'medium' != 'high'", "  limit: 27 != 32"]


def test_of_events_at_other_times_how_far_apart_they_are() -> None:
    state = replay(HEAT).all("zone.state")
    assert (explained("==", state[0], state[-1]) or [])[1].startswith("  the first is ")


def test_of_journals_the_events_that_differ() -> None:
    lines = explained("==", replay(HEAT.replace("33", "36")), replay(HEAT)) or []
    assert "- is only in the second, + only in the first" in lines[0]
    assert "~     25.000 s  alarm.raised      A1 high: value 33 -> 36" in lines


def test_of_journals_that_differ_only_in_what_does_not_count_just_that() -> None:
    lines = explained("==", replay(HEAT), replay(HEAT.replace("A1=33", "A1=33.000000001"))) or []
    assert "they are the same" in lines[1]


def test_of_durations_the_seconds() -> None:
    assert explained("<", 31 * SECOND, 30 * SECOND) == ["31 s < 30 s"]
    assert explained("<=", 160 * SECOND + 7, 160 * SECOND) == ["160 s <= 160 s", "the first is +7 ns against the second"]
    at = replay(HEAT).start
    assert (explained("<", at + SECOND, at) or [])[1] == "log times, ns: the first is 1 s later"


def test_of_anything_else_nothing() -> None:
    assert explained("<", 3, 2) is None
    assert explained("in", 31 * SECOND, 30 * SECOND) is None
    assert explained("<", replay(HEAT).start, 30 * SECOND) is None
