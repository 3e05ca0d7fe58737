"""What goes to the broker though it is in no log."""

from msgspec import json

from hotzone.app.outcry import Outcry
from hotzone.sensors.mqtt import ConnectionLost


def test_whoever_was_told_of_its_begin_is_told_of_its_end() -> None:
    told: list[tuple[str, dict[str, object]]] = []
    outcry = Outcry(lambda topic, payload: told.append((topic, json.decode(payload))), lambda: 7, "hotzone/t")
    outcry.cleared("it was never full for long")
    assert told == []
    outcry.raised("no space left")
    outcry.cleared("for 12 s")
    outcry.cleared("for 1 s")
    assert [(topic, said["type"], said["cause"], said["id"]) for topic, said in told] == [
        ("hotzone/t/events/alarm.raised", "alarm.raised", "no space left", "alarm.raised:log-unwritable@7"),
        ("hotzone/t/events/alarm.cleared", "alarm.cleared", "for 12 s", "alarm.cleared:log-unwritable@7"),
    ]


def test_without_a_connection_it_tries_and_nothing_breaks() -> None:
    tried: list[str] = []

    def publish(topic: str, _payload: bytes) -> None:
        tried.append(topic)
        msg = "not connected"
        raise ConnectionLost(msg)

    outcry = Outcry(publish, lambda: 7, "hotzone/t")
    outcry.raised("no space left")
    outcry.cleared("for 12 s")
    assert tried == ["hotzone/t/events/alarm.raised", "hotzone/t/events/alarm.cleared"]
