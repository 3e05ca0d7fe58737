"""Which alarms stand: whoever was told of one finds it until it has cleared."""

from msgspec import structs

from hotzone.config.model import Priority
from hotzone.handlers import Subscription
from hotzone.handlers.standing import Standing
from hotzone.pipeline import AlarmEvent, AlarmState
from hotzone.pipeline.subject import alarm_of

ALL = Subscription(alarms=True)
HIGH = Subscription(alarms=True, min_priority=Priority.HIGH)


def alarm(at: int, zone: str = "A1", **changes: object) -> AlarmEvent:
    event = AlarmEvent(
        at=at,
        type="alarm.raised",
        zone=zone,
        alarm=f"{zone}:high@{at}",
        rule="high",
        priority=Priority.LOW,
        state=AlarmState.UNACKNOWLEDGED,
    )
    return structs.replace(event, **changes)


def acknowledged(event: AlarmEvent) -> AlarmEvent:
    return structs.replace(event, type="alarm.acknowledged", state=AlarmState.ACKNOWLEDGED, at=event.at + 1)


def cleared(event: AlarmEvent) -> AlarmEvent:
    return structs.replace(event, type="alarm.cleared", state=AlarmState.RETURNED, at=event.at + 2)


def test_an_alarm_stands_from_its_raise_to_its_clear_as_its_last_event() -> None:
    standing = Standing({"all": ALL})
    one, other = alarm(5), alarm(3, "B1")
    standing.take([one, other])
    assert standing.of("all") == (other, one)
    standing.take([acknowledged(other)])
    assert standing.of("all") == (acknowledged(other), one)
    standing.take([cleared(one)])
    assert standing.of("all") == (acknowledged(other),)


def test_what_is_put_aside_stands_no_more_and_what_is_latched_does() -> None:
    standing = Standing({"all": ALL})
    standing.take([alarm(5), structs.replace(alarm(5), at=6, type="alarm.shelved", state=AlarmState.SHELVED)])
    assert standing.of("all") == ()
    latched = structs.replace(alarm(7), at=8, type="alarm.latched", state=AlarmState.LATCHED_UNACKNOWLEDGED)
    standing.take([alarm(7), latched])
    assert standing.of("all") == (latched,)


def test_what_returned_and_comes_again_stands_again() -> None:
    standing = Standing({"all": ALL})
    standing.take([alarm(5), cleared(alarm(5)), alarm(9)])
    assert standing.of("all") == (alarm(9),)


def test_each_handler_finds_what_it_hears_of() -> None:
    standing = Standing(
        {"all": ALL, "high": HIGH, "raises": Subscription(events="alarm.raised"), "sensors": Subscription(events="sensor.*")}
    )
    low, high = alarm(5), alarm(6, "B1", priority=Priority.HIGH)
    standing.take([low, acknowledged(low), high])
    assert standing.of("all") == (acknowledged(low), high)
    assert standing.of("high") == (high,)
    assert standing.of("raises") == (acknowledged(low), high)
    assert standing.of("sensors") == ()


def test_what_an_earlier_run_told_of_stands_until_it_clears_though_less_is_wanted_now() -> None:
    standing = Standing({"high": HIGH}, [(alarm_of(alarm(5)), "high")])
    standing.take([alarm(5)])
    assert standing.of("high") == (alarm(5),)
    standing.take([cleared(alarm(5)), alarm(9)])
    assert standing.of("high") == ()


def test_the_begin_of_an_alarm_is_known_from_any_event_of_it() -> None:
    assert cleared(alarm(5)).raised_at == 5
