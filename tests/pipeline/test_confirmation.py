"""Commands are confirmed at once by the unit's report, or the neighbours take over."""

from collections.abc import Iterable

import pytest

from hotzone.config.model import Unit
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, CoolingEvent, Event, Pipeline
from hotzone.sensors.frame import Frame, LinkKind, Own
from support.sites import EPOCH, merged, own, report, site, start, stream, unit, zone

A1 = zone("A1")
UNITS = (unit("c", ["A1"]), unit("d", ["A1"]))
UNTIL = 300
FOLLOWING = 1 << 40


def play(*reports: Iterable[Frame], units: Iterable[Unit] = UNITS, rate: float = 1.0) -> list[Event]:
    """A cool zone, in which commands fall each ten seconds; `d` does as it is told."""
    follows = [report(EPOCH + second * SECOND, "d", 100.0, number=FOLLOWING) for second in range(1, UNTIL, 5)]
    return Pipeline(site(A1, units=units)).push(merged([start(rate=rate)], stream(A1, 22.0, 1, UNTIL), follows, *reports))


def commands(events: Iterable[Event], name: str = "c") -> list[tuple[int, int, float]]:
    """When, by what number, and how much."""
    return [
        (event.at - EPOCH, event.number or 0, event.value or 0.0)
        for event in events
        if isinstance(event, CoolingEvent) and event.type == "cooling.command" and event.unit == name
    ]


SENT = commands(play([report(EPOCH + second * SECOND, "c", 100.0, number=FOLLOWING) for second in range(1, UNTIL, 5)]))


def reports(heard_until: float, *, prompt: bool = True, delay: int = SECOND // 2, silent: bool = False, **said: object) -> list[Frame]:
    """Those of `c`: each 5 s, and at once of what it hears, which is nothing from a second on; `said` is what it says otherwise from then on."""
    end = round(heard_until * SECOND)
    heard = [(at + delay, number) for at, number, _ in SENT if at + delay < end]
    at_once = [report(EPOCH + at, "c", 100.0, number=number) for at, number in heard] if prompt else []
    periodic = [
        report(EPOCH + at, "c", 100.0, **{"number": max((n for then, n in heard if then <= at), default=3), **(said if at >= end else {})})
        for at in range(4 * SECOND, (end if silent else UNTIL * SECOND), 5 * SECOND)
    ]
    return [*at_once, *periodic]


def deaf(events: Iterable[Event]) -> list[tuple[str, int]]:
    return [(event.type, event.at - EPOCH) for event in events if isinstance(event, AlarmEvent) and event.rule == "unit-deaf"]


def first_after(second: float) -> int:
    """When the first command comes after a second."""
    return next(at for at, _, _ in SENT if at > second * SECOND)


def test_a_unit_that_reports_a_command_at_once_is_not_deaf() -> None:
    assert len(SENT) > 15
    assert deaf(play(reports(UNTIL))) == []


@pytest.mark.parametrize("silent", [False, True], ids=["it goes on reporting", "its reports stop, too"])
def test_a_command_that_is_not_confirmed_for_two_seconds_is_an_alarm_and_the_neighbour_takes_over(*, silent: bool) -> None:
    events = play(reports(195.0, silent=silent))
    raised = first_after(195) + 2 * SECOND
    assert deaf(events) == [("alarm.raised", raised)]
    of_neighbour = commands(events, "d")
    before = [value for at, _, value in of_neighbour if at < raised][-1]
    assert next(value for at, _, value in of_neighbour if at == raised) >= before + 10


def test_the_alarm_ends_with_the_report_that_shows_the_command() -> None:
    back = report(EPOCH + 250 * SECOND, "c", 100.0, number=FOLLOWING)
    assert deaf(play([frame for frame in reports(195.0) if frame.at < back.at], [back])) == [
        ("alarm.raised", first_after(195) + 2 * SECOND),
        ("alarm.cleared", 250 * SECOND),
    ]


def test_a_site_whose_units_report_each_five_seconds_alone_waits_longer() -> None:
    assert deaf(play(reports(UNTIL, prompt=False)))
    patient = (unit("c", ["A1"], confirm_after=15 * SECOND), UNITS[1])
    assert deaf(play(reports(UNTIL, prompt=False), units=patient)) == []
    assert deaf(play(reports(195.0, prompt=False), units=patient)) == [("alarm.raised", first_after(195) + 15 * SECOND)]


@pytest.mark.parametrize(
    "said",
    [{"mode": "manual"}, {"mode": "heartbeat-lost"}, {"number": None}],
    ids=["driven by hand", "by its own timer", "never says which command"],
)
def test_a_unit_that_obeys_somebody_else_owes_no_word(said: dict[str, object]) -> None:
    quiet = first_after(195) / SECOND - 7  # a periodic report says so before the next command
    assert deaf(play(reports(quiet, **said))) == []


def test_a_unit_that_comes_back_to_us_has_its_time_anew() -> None:
    by_hand = [frame for frame in reports(100.0, mode="manual") if frame.at < EPOCH + 200 * SECOND]
    assert deaf(play(by_hand, [report(EPOCH + 200 * SECOND, "c", 100.0, number=3)])) == [("alarm.raised", 202 * SECOND)]


def test_what_cannot_reach_a_unit_is_not_held_against_it() -> None:
    lost = own(EPOCH + first_after(195) - SECOND, Own.LINK, kind=LinkKind.LOST, detail="")
    back = own(EPOCH + 215 * SECOND, Own.LINK, kind=LinkKind.RESTORED, detail="")
    heard = [frame for frame in reports(195.0) if not lost.at < frame.at < back.at]
    assert deaf(play(heard, [lost, back])) == [("alarm.raised", 227 * SECOND)]


def test_a_unit_whose_commands_nobody_hears_is_not_deaf_besides() -> None:
    unheard = own(EPOCH + first_after(195) + SECOND, Own.LINK, kind=LinkKind.UNHEARD, unit="c", detail="reason 16")
    assert deaf(play(reports(195.0), [unheard])) == []


def test_the_time_in_which_hotzone_itself_stood_still_does_not_count() -> None:
    stalled = own(EPOCH + first_after(195) + 3 * SECOND, Own.LINK, kind=LinkKind.STALLED, detail="")
    before = [frame for frame in reports(195.0) if frame.at < EPOCH + first_after(195) - SECOND]
    pipeline = Pipeline(site(A1, units=UNITS[:1]))
    events = pipeline.push(merged([start()], stream(A1, 22.0, 1, 190), before, [stalled]))
    assert commands(events)[-1][0] == first_after(195), "it came due meanwhile"
    assert deaf(events) == []
    assert deaf(pipeline.advance_to(stalled.at + 5 * SECOND)) == [("alarm.raised", stalled.at - EPOCH + 2 * SECOND)]


def test_the_start_of_a_run_grants_time_to_come_back() -> None:
    assert deaf(play(reports(0.0)))[0] == ("alarm.raised", 12 * SECOND)


def test_a_faster_hall_grants_the_transport_its_time() -> None:
    late = reports(UNTIL, delay=9 * SECOND)
    assert deaf(play(late))
    assert deaf(play(late, rate=9.0)) == []
    assert deaf(play(reports(195.0), rate=9.0)) == [("alarm.raised", first_after(195) + 10 * SECOND)]
