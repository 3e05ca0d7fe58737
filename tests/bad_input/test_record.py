"""The corpus through a broker into `hotzone record`, which knows no site and takes every topic: it keeps what came, whatever it is."""

import signal
from pathlib import Path

from hotzone.sensors.recording import NotARecording, Recording
from support.bad_input import Run, load
from support.commands import hotzone
from support.mosquitto import CONFIG, MosquittoFactory
from support.raw_client import RawClient

LINES = [line for line in load() if line.broker == "carries"]
LAST = "the/end"
NOBODY = 16


def test_everything_that_a_broker_carries_is_recorded_byte_for_byte(start_mosquitto: MosquittoFactory, tmp_path: Path, run: Run) -> None:
    broker = start_mosquitto(CONFIG + "max_packet_size 131072\n")
    words = ("record", "rec", "--broker", broker.url, "--topic", "#", "--topic", "$foo/#", "--topic", "$dc/#", "--plain")
    sent: list[tuple[str, bytes]] = []
    with hotzone(tmp_path, *words) as recorder, RawClient(broker.port) as client:
        recorder.until(lambda: "recording begins" in recorder.log, "the recording")
        for line in LINES:
            for payload in (*line.earlier_payloads, line.payload_bytes):
                ours = line.topic_text.startswith("$hotzone/")  # which `record` does not ask for
                assert client.publish(line.topic_bytes, payload) == (NOBODY if ours else 0), line.id
                sent += [] if ours else [(line.topic_text, payload)]
        assert client.publish(LAST.encode(), b"1") == 0
        recorder.until(lambda: has_come(tmp_path / "rec"), "the last message")
        assert recorder.signal(signal.SIGTERM) < 10.0
        assert recorder.process.returncode == 0, recorder.log
    assert "Traceback" not in recorder.log

    taken = [(frame.topic, frame.payload) for chunk in Recording(tmp_path / "rec").frames() for frame in chunk]
    found = [pair for pair in taken if not pair[0].startswith("$hotzone/")]
    once = list(dict.fromkeys([*sent, (LAST, b"1")]))  # what comes again, word for word and with its time, is recorded once
    assert list(dict.fromkeys(found)) == once
    assert len(sent) - 10 < len(found) <= len(sent) + 1
    code, out, complaint = run("show", "rec", "--plain")
    assert code == 0, complaint
    assert all(text.isprintable() for text in out.splitlines())


def has_come(folder: Path) -> bool:
    """Whether the last message is in the recording."""
    try:
        return any(frame.topic == LAST for frame in Recording(folder).tail(5))
    except NotARecording:  # not yet
        return False
