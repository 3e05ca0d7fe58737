"""What comes again is in the log once, and is acknowledged all the same."""

from hotzone.app.intake import Intake
from hotzone.app.own import Unstamped
from hotzone.app.repeats import Repeats
from hotzone.app.sequencer import Sequencer
from hotzone.sensors.frame import Frame
from hotzone.sensors.source import Message
from support.runs import WALL, Diary, FakeBatch

TIMED = [Message("a", b'{"value":20.5,"time":%d,"sequence":%d}' % (1_700_000_000_000 + number, number)) for number in range(10)]


def test_a_reading_with_its_time_is_taken_once_in_whatever_company_it_comes_again() -> None:
    repeats = Repeats()
    assert repeats.fresh(TIMED[:5]) == TIMED[:5]
    assert repeats.fresh(TIMED[3:7]) == TIMED[5:7]
    assert repeats.fresh([TIMED[8], TIMED[8]]) == [TIMED[8]]
    assert repeats.dropped == 3


def test_the_same_bytes_of_another_thermometer_are_another_reading() -> None:
    repeats = Repeats()
    repeats.fresh(TIMED)
    others = [message._replace(topic="b") for message in TIMED]
    assert repeats.fresh(others) == others


def test_what_tells_no_time_may_be_said_twice_and_mean_it() -> None:
    repeats = Repeats()
    said = [Message("a", payload) for payload in (b"24.0", b"online", b'{"value":24,"sequence":1}', b'{"fan":1,"time":1700000000123}', b"")]
    for _ in range(3):
        assert repeats.fresh(said) == said
    assert repeats.dropped == 0


def test_the_end_of_the_log_is_known_and_what_is_long_ago_forgotten() -> None:
    repeats = Repeats(kept=4)
    repeats.remember([Frame(number, message.topic, message.payload) for number, message in enumerate(TIMED)])
    assert repeats.fresh(TIMED[4:]) == []
    assert repeats.fresh(TIMED[:4]) == TIMED[:4], "of ten, between four and eight are remembered"


async def test_what_came_again_is_acknowledged_behind_what_it_repeats() -> None:
    diary, intake = Diary(), Intake()
    for _ in range(2):
        batch = FakeBatch(diary, [])
        batch.messages = TIMED
        intake.messages(batch)
    intake.begin(Sequencer(lambda: WALL), Unstamped("start", b""))
    turn = intake.take()
    assert turn is not None
    assert [frame.payload for frame in turn.frames] == [b"", *(message.payload for message in TIMED)]
    assert len(turn.batches) == 2
