"""The corpus through decoder and fold: every line gets its verdict, and what is rejected changes nothing but its count."""

import pytest
from msgspec import msgpack

from hotzone.pipeline import Pipeline
from hotzone.pipeline.snapshots import expanded, state_of
from hotzone.sensors.frame import Frame, Own
from support.bad_input import T0, frames, ignored, judged, load, opening, primed, sensor, site

LINES = load()
_TICK = b"{}"


@pytest.fixture(scope="module")
def state() -> bytes:
    return primed().snapshot()


@pytest.mark.parametrize("name", ["topics", "bytes", "json", "values", "times", "others", "own"])
def test_every_line_gets_its_verdict_and_a_reject_changes_nothing(state: bytes, name: str) -> None:
    pipeline = Pipeline(site(), state)
    idle = Pipeline(site(), state)
    for line, earlier, frame in frames(load(name)):
        for each in earlier:
            pipeline.push([each])
            idle.push([each])
        before = ignored(pipeline)
        pipeline.push([frame])
        rejected = pipeline.take_rejected()
        if line.expect == "reject":
            assert [(one.topic, one.reason) for one in rejected] == [(frame.topic, line.reason)], line.id
            assert rejected[0].payload in line.letters, line.id
            idle.push([Frame(frame.at, Own.TICK, _TICK)])
            assert pipeline.snapshot() == idle.snapshot(), line.id
            continue
        idle.push([frame])
        idle.take_rejected()
        assert rejected == [], line.id
        if name not in {"others", "own"}:
            assert judged(pipeline, line.topic_text, before) == (line.expect, line.reason), line.id
    assert pipeline.snapshot() == idle.snapshot()


def test_what_is_quarantined_never_reaches_the_value_of_its_zone(state: bytes) -> None:
    pipeline = Pipeline(site(), state)
    for line, earlier, frame in frames(LINES):
        if line.expect != "quarantine" or earlier:
            continue
        zone = line.topic_text.split("/")[2]
        values = [*pipeline.zones[zone].values, *pipeline.zones[zone].lost]
        pipeline.push([frame])
        assert sorted([*pipeline.zones[zone].values, *pipeline.zones[zone].lost]) == sorted(values), line.id


def test_it_does_not_matter_how_the_corpus_is_cut_into_batches() -> None:
    whole, single = Pipeline(site()), Pipeline(site())
    log = [*opening(), *(frame for _, earlier, own in frames(LINES) for frame in (*earlier, own))]
    events = whole.push(log)
    rejected = whole.take_rejected()
    assert [event for frame in log for event in single.push([frame])] == events
    assert single.take_rejected() == rejected
    assert single.snapshot() == whole.snapshot()
    assert len(rejected) == sum(line.expect == "reject" for line in LINES)


@pytest.mark.parametrize("style", ["asyncio", "threads", "callbacks"])
def test_every_style_gives_the_same_verdicts(style: str) -> None:
    log = [*opening(), *(frame for _, earlier, own in frames(LINES) for frame in (*earlier, own))]
    with Pipeline(site()) as rx, Pipeline(site(), style=style) as other:
        assert other.push(log) == rx.push(log)
        assert other.take_rejected() == rx.take_rejected()
        assert other.snapshot() == rx.snapshot()


def test_after_the_whole_corpus_a_good_reading_counts(state: bytes) -> None:
    pipeline = Pipeline(site(), state)
    pipeline.push([frame for _, earlier, own in frames(LINES) for frame in (*earlier, own)])
    topic = "dc/h1/bytes/bytes-1/in-1"
    pipeline.push([Frame(T0 + 10**9, topic, b'{"value":24.7,"time":1700000001123}')])
    assert sensor(pipeline, topic).celsius == 24.7


def test_the_state_can_be_written_down_and_read_again_after_everything(state: bytes) -> None:
    pipeline = Pipeline(site(), state)
    pipeline.push([frame for _, earlier, own in frames(LINES) for frame in (*earlier, own)])
    snapshot = pipeline.snapshot()
    assert msgpack.decode(msgpack.encode(state_of(snapshot))) == msgpack.decode(expanded(snapshot))
