"""The ledger checker finds what it is there to find."""

import pytest

from hotzone.config.model import Priority
from hotzone.pipeline import AlarmEvent, AlarmState
from hotzone.sensors.frame import Frame
from support.accounts import Account, crossings, faults_of_alarms, standing_after, times_increase, told_edges

SENT = [("a", b"1"), ("b", b"1"), ("a", b"2"), ("b", b"2")]


def stored(*sent: tuple[str, bytes]) -> list[Frame]:
    return [Frame(number, *one) for number, one in enumerate(sent)]


def test_what_is_all_there_once_and_in_order_is_clean() -> None:
    account = Account.of(SENT, stored(("$hotzone/start", b""), *SENT))
    account.check()
    assert str(account) == "0 lost of 4 acknowledged, 0 duplicates, 0 out of order"


def test_thermometers_may_overtake_each_other() -> None:
    Account.of(SENT, stored(SENT[1], SENT[0], SENT[3], SENT[2])).check()


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        (stored(*SENT[:3]), "1 lost of 4"),
        (stored(*SENT, SENT[0]), "1 duplicates"),
        (stored(SENT[2], SENT[1], SENT[0], SENT[3]), "1 out of order"),
    ],
)
def test_a_loss_a_duplicate_and_a_wrong_order_are_found(frames: list[Frame], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        Account.of(SENT, frames).check()


def alarm(at: int, what: str, life: str, rule: str = "high") -> AlarmEvent:
    state = AlarmState.UNACKNOWLEDGED if what == "raised" else AlarmState.RETURNED
    return AlarmEvent(at=at, type=f"alarm.{what}", zone="A", alarm=life, rule=rule, priority=Priority.HIGH, state=state)


def test_a_whole_life_of_an_alarm_is_right() -> None:
    events = [alarm(1, "raised", "x@1"), alarm(2, "cleared", "x@1"), alarm(3, "raised", "x@3")]
    assert faults_of_alarms(events) == []
    assert standing_after(events) == ["x@3"]
    assert told_edges(events, "high") == {"A": [True, False, True]}


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([alarm(1, "raised", "x@1"), alarm(1, "raised", "x@1")], "given out twice"),
        ([alarm(1, "raised", "x@1"), alarm(2, "raised", "x@1")], "raised twice"),
        ([alarm(1, "raised", "x@1"), alarm(2, "raised", "x@2")], "while x@1 stands"),
        ([alarm(1, "cleared", "x@1")], "had not been raised"),
    ],
)
def test_what_is_wrong_with_the_life_of_an_alarm_is_found(events: list[AlarmEvent], said: str) -> None:
    assert any(said in fault for fault in faults_of_alarms(events))


def test_crossings_are_counted_with_the_deadband() -> None:
    values = [20, 26, 25.5, 24.9, 23.9, 26.1, 30, 20]
    frames = [Frame(number, "t", b'{"value":%s,"time":%d}' % (str(value).encode(), number + 1)) for number, value in enumerate(values)]
    frames.append(Frame(99, "t", b'{"value":50,"time":3}'))  # of long ago
    assert crossings(frames, {"t": "A", "u": "B"}, above=26, deadband=1.0) == {"A": [True, False, True, False], "B": []}


def test_log_times_that_do_not_increase_are_found() -> None:
    assert times_increase(stored(*SENT))
    assert not times_increase([Frame(1, "a", b""), Frame(1, "b", b"")])
