"""The frames of a comparison: in order, marked, at their times."""

from itertools import pairwise

import pytest

from hotzone.app.comparing.job import BURST, PACED_S, PAGE_EVERY_S, Job, Scene
from hotzone.app.comparing.stream import BATCH, PAGE, stream_of
from hotzone.config.units import SECOND
from hotzone.pipeline.styles import Style
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import RecordingWriter
from support.site_text import SMALL, site_of

SITE = site_of(SMALL)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("recordings") / "r"
    with RecordingWriter(folder, site_source=SITE.source, version="1", started=0) as writer:
        # A nanosecond apart, as readings of one instant are: there is no room for a marker between them.
        writer.append([Frame(SECOND + number, SITE.sensors[number % 12].topic, b"21") for number in range(30_000)])
        writer.commit()
    return str(folder)


def job(recording: str, scene: Scene, rate: float = 1000.0) -> Job:
    return Job(style=Style.RX, scene=scene, recording=recording, readings=20_000, rate=rate)


@pytest.mark.parametrize("scene", list(Scene))
def test_times_strictly_increase_though_markers_were_put_between(recording: str, scene: Scene) -> None:
    frames = [frame for batch in stream_of(job(recording, scene)).batches for frame in batch]
    assert all(one.at < two.at for one, two in pairwise(frames))


@pytest.mark.parametrize("scene", list(Scene))
def test_every_batch_ends_in_a_marker_and_no_reading_is_left_out(recording: str, scene: Scene) -> None:
    batches = stream_of(job(recording, scene)).batches
    assert all(batch[-1].topic == Own.NOTE and all(frame.topic != Own.NOTE for frame in batch[:-1]) for batch in batches)
    readings = sum(len(batch) - 1 for batch in batches)
    flat_out = scene in {Scene.FLAT_OUT, Scene.BROKER}
    assert readings == (20_000 if flat_out else round(1000 * PACED_S) + (BURST if scene is Scene.BURST else 0))


def test_flat_out_nothing_is_due_and_batches_are_of_one_size(recording: str) -> None:
    stream = stream_of(job(recording, Scene.FLAT_OUT))
    assert stream.due == []
    assert {len(batch) for batch in stream.batches[:-1]} == {BATCH + 1}


def test_paced_the_rate_is_kept_and_the_handler_has_something_to_do_twice_a_second(recording: str) -> None:
    stream = stream_of(job(recording, Scene.SLOW))
    assert stream.due == sorted(stream.due)
    assert stream.due[-1] < PACED_S
    pages = [due for due, batch in zip(stream.due, stream.batches, strict=True) if PAGE.encode() in batch[-1].payload]
    assert len(pages) == round(PACED_S / PAGE_EVERY_S)


def test_a_burst_comes_at_one_moment(recording: str) -> None:
    stream = stream_of(job(recording, Scene.BURST))
    sizes = [len(batch) for batch in stream.batches]
    assert max(sizes) > BURST
    assert sorted(sizes)[-2] < 100
