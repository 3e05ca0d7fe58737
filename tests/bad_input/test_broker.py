"""The corpus through a real broker into a real run: what comes of each line, and that every one of them is accounted for."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from corpus.lines import HERE
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from hotzone.app.subscriptions import matches, subscriptions
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording
from support.bad_input import PRIME, T0, Line, Run, ignored, judged, load, logged, site
from support.commands import Command, hotzone
from support.mosquitto import BINARY, CONFIG, Mosquitto
from support.raw_client import RawClient

LINES = load()
CARRIED = [line for line in LINES if line.broker == "carries"]
REFUSED = [line for line in LINES if line.broker == "refuses"]
LIMITS = "max_packet_size 131072\n"
"""As a broker for use has it."""
PATTERNS = subscriptions(site())
KEPT = 4096
"""Of a dead letter."""
NOBODY = 16
DENIED = 128
RATE = 0.001
"""Of the hall's clock: all of the corpus arrives within some milliseconds of `T0`."""


class Held(Struct):
    """What there is when everything was sent and the run has ended."""

    folder: Path
    codes: dict[str, int | None]
    """The broker's answers by line."""
    frames: list[Frame]
    metrics: dict[tuple[str, str], float]
    """By name and reason."""
    log: str


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """One run takes it all: every thermometer says that it is well, then come the lines."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path_factory.mktemp("broker")
    (folder / "site.toml").write_bytes((HERE / "site.toml").read_bytes())
    broker = Mosquitto(folder, CONFIG + LIMITS).start()
    try:
        yield all_sent(folder, broker)
    finally:
        broker.kill()


def all_sent(folder: Path, broker: Mosquitto) -> Held:
    with RawClient(broker.port) as client:
        clock = {"hall": T0, "wall": time.time_ns(), "rate": RATE}
        assert client.publish(b"hotzone/corpus/clock", json.dumps(clock).encode(), retain=True) == NOBODY
        words = ("run", "--site", "site.toml", "--broker", broker.url, "--recording", "log", "--journal", "journal", "--plain")
        with hotzone(folder, *words) as run:
            run.until(lambda: "the run begins" in run.log, "the run")
            for sensor in site().sensors:
                assert client.publish(sensor.topic.encode(), PRIME) == 0, sensor.topic
            codes = {line.id: published(broker, client, line) for line in LINES}
            marker = b'{"kind":"marker","text":"all was sent"}'
            assert client.publish(b"hotzone/corpus/note", marker) == 0
            run.until(lambda: b"all was sent" in (folder / "journal").read_bytes(), "the last message")
            metrics = scraped(run)
            assert run.signal(signal.SIGTERM) < 10.0
            assert run.process.returncode == 0, run.log
            frames = [frame for chunk in Recording(folder / "log").frames() for frame in chunk]
            return Held(folder, codes, frames, metrics, run.log)


def published(broker: Mosquitto, client: RawClient, line: Line) -> int | None:
    if line.broker == "refuses":
        with RawClient(broker.port) as other:
            return other.publish(line.topic_bytes, line.payload_bytes)
    for earlier in line.earlier_payloads:
        assert client.publish(line.topic_bytes, earlier) == 0
    return client.publish(line.topic_bytes, line.payload_bytes)


def scraped(run: Command) -> dict[tuple[str, str], float]:
    begins = next(json.loads(text) for text in run.log.splitlines() if "the run begins" in text)
    with urlopen(begins["http"] + "/metrics", timeout=5.0) as answer:  # noqa: S310  our own
        text = answer.read().decode()
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, sample.labels.get("reason", ""))
            found[key] = found.get(key, 0.0) + sample.value
    return found


def heard(line: Line) -> bool:
    """Whether it is on a topic that a run subscribes to."""
    return any(matches(pattern, line.topic_text) for pattern in PATTERNS)


def repeated(line: Line) -> bool:
    """Whether the log has it already, word for word."""
    return line.payload_bytes in (PRIME, *line.earlier_payloads)


TAKEN = [line for line in CARRIED if heard(line) and not repeated(line)]


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line.id)
def test_what_the_broker_refuses_does_not_come_to_us(held: Held, line: Line) -> None:
    code = held.codes[line.id]
    assert code is None or code >= DENIED
    assert all(frame.topic != line.topic_text or frame.payload != line.payload_bytes for frame in held.frames)


def test_what_is_on_nobodys_topic_goes_to_nobody_and_whoever_sent_it_hears_so(held: Held) -> None:
    found = {line.id: held.codes[line.id] for line in CARRIED}
    assert found == {line.id: 0 if heard(line) else NOBODY for line in CARRIED}
    assert 0 < Counter(found.values())[NOBODY] < len(CARRIED)


def test_every_line_that_is_for_us_is_in_the_log_in_order_byte_for_byte(held: Held) -> None:
    sent = [(logged(line.topic_text), each) for line in CARRIED if heard(line) for each in sent_by(line)]
    primes = [(sensor.topic, PRIME) for sensor in site().sensors]
    taken = [
        (frame.topic, frame.payload) for frame in held.frames if not frame.topic.startswith("$hotzone/") or frame.topic == "$hotzone/note"
    ]
    assert taken[:-1] == primes + sent


def sent_by(line: Line) -> list[bytes]:
    return [*line.earlier_payloads, *([] if repeated(line) else [line.payload_bytes])]


def test_every_line_gets_its_verdict(held: Held) -> None:
    expected = iter([(line, each) for line in CARRIED if heard(line) for each in sent_by(line)])
    own = len(site().sensors)
    pipeline = Pipeline(site())
    checked = 0
    for frame in held.frames:
        before = ignored(pipeline)
        pipeline.push([frame])
        rejected = pipeline.take_rejected()
        if frame.topic.startswith("$hotzone/") and frame.topic != "$hotzone/note":
            continue
        own -= 1
        if own >= 0 or b"all was sent" in frame.payload:
            continue
        line, payload = next(expected)
        if payload != line.payload_bytes:
            continue
        checked += 1
        if line.expect == "reject":
            assert [one.reason for one in rejected] == [line.reason], line.id
        else:
            assert rejected == [], line.id
            if not line.id.startswith("others"):
                assert judged(pipeline, line.topic_text, before) == (line.expect, line.reason), line.id
    assert checked == len(TAKEN)


def test_the_counters_count_every_one_of_them_by_its_reason(held: Held) -> None:
    rejected = Counter(line.reason for line in TAKEN if line.expect == "reject")
    assert {reason: count for (name, reason), count in held.metrics.items() if name == "hotzone_rejected_total"} == rejected
    # Every frame is counted, but for `end`, which came after the scrape.
    assert held.metrics["hotzone_frames_total", ""] == len(held.frames) - 1
    again = sum(heard(line) and repeated(line) for line in CARRIED)
    assert again > 0
    assert held.metrics["hotzone_repeated_total", ""] == again


def test_the_dead_letters_are_those_that_were_rejected_each_with_its_reason_and_its_bytes(held: Held, run: Run) -> None:
    letters = list(Recording(held.folder / "log").dead_letters())
    sent = [line for line in TAKEN if line.expect == "reject"]
    assert [one.reason for one in letters] == [line.reason for line in sent]
    for letter, line in zip(letters, sent, strict=True):
        assert letter.payload in {payload[:KEPT] for payload in line.letters}, line.id
        assert letter.topic == logged(line.topic_text)[:KEPT], line.id
    code, out, complaint = run("show", str(held.folder / "log"), "--dead-letters")
    assert code == 0, complaint
    lines = out.splitlines()
    assert [text.split(" ")[1] for text in lines] == [line.reason for line in sent]
    assert all(text.isascii() and text.isprintable() for text in lines)


def test_the_log_tells_of_each_reason_and_floods_nobody(held: Held) -> None:
    told = Counter(json.loads(text)["reason"] for text in held.log.splitlines() if "say nothing that could be used" in text)
    assert set(told) == {line.reason for line in TAKEN if line.expect == "reject"}
    assert max(told.values()) < 10


def test_a_replay_gives_the_same_journal(held: Held, tmp_path: Path, run: Run) -> None:
    code, _, complaint = run("replay", str(held.folder / "log"), "--journal", "again", "--plain")
    assert code == 0, complaint
    assert (tmp_path / "again").read_bytes() == (held.folder / "journal").read_bytes()


def test_the_run_says_nothing_of_a_traceback_and_each_of_its_lines_is_one_object(held: Held) -> None:
    assert "Traceback" not in held.log
    for text in held.log.splitlines():
        assert isinstance(json.loads(text), dict)
        assert text.isprintable()
