"""What a broker had kept and nobody knows the age of is a dead letter; what says its time, and who is there, goes the way of all."""

import pytest

from hotzone.app.intake import Intake
from hotzone.app.own import Unstamped
from hotzone.app.retained import Retained
from hotzone.app.sequencer import Sequencer
from hotzone.config.devices import gateway_topic, pack_topic
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import RETAINED, Frame
from hotzone.sensors.source import Message
from support.runs import FakeBatch
from support.site_text import SMALL, site_of

SITE = site_of(SMALL)
HOT = SITE.sensors[0]
UNIT = SITE.units[0]
TIMED = b'{"value":45.5,"time":1700000000000}'


@pytest.mark.parametrize(
    ("topic", "payload", "kept"),
    [
        (HOT.topic, b"45.5", True),
        (HOT.topic, b"nonsense", True),
        (HOT.topic, TIMED, False),
        (pack_topic(SITE, "h1", HOT), b'[{"id":"A1/A1-r01/in-top","value":45.5}]', True),
        (UNIT.report_topic, b'{"fan":80}', True),
        (UNIT.state_topic, b"online", False),
        (gateway_topic(SITE, "h1", HOT), b"offline", False),
        ("somebody/else", b"1", False),
    ],
)
def test_a_reading_or_report_without_its_time_is_put_under_another_name(topic: str, payload: bytes, kept: bool) -> None:
    assert Retained(SITE)(Message(topic, payload, retained=True)) == Unstamped(f"{RETAINED}{topic}" if kept else topic, payload)


def test_only_what_is_retained_is_asked_about() -> None:
    intake = Intake({"aside": lambda _: None}, retained=Retained(SITE))
    intake.begin(Sequencer(lambda: 1), Unstamped("start", b""))
    said = [Message(HOT.topic, b"45.5", retained=True), Message(HOT.topic, b"22.0"), Message("aside", b"x", retained=True)]
    batch = FakeBatch([], [])
    batch.messages = said
    intake.messages(batch)
    turn = intake.take()
    assert turn is not None
    assert [frame[1:] for frame in turn.frames] == [("start", b""), (f"{RETAINED}{HOT.topic}", b"45.5"), (HOT.topic, b"22.0")]


def test_it_is_a_dead_letter_of_its_thermometer_and_changes_nothing() -> None:
    pipeline = Pipeline(SITE)
    assert pipeline.push([Frame(1, f"{RETAINED}{HOT.topic}", b"45.5")]) == []
    assert [(one.topic, one.payload, one.reason) for one in pipeline.take_rejected()] == [(HOT.topic, b"45.5", "retained")]
