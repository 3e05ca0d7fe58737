"""Frames as columns are the frames that they stand for, however they are asked for."""

from hotzone.sensors.columnar import Columnar, picked, times
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording.chunk import Codec, decode, encode

FRAMES = [
    Frame(1_700_000_000 + number, f"t/{number % 7}", b"no number" if number % 50 == 3 else b'{"value":%d.5}' % number)
    for number in range(600)
]


def stored() -> Columnar:
    codec, blob = encode(FRAMES)
    assert codec is Codec.COLUMNS
    frames = decode(codec, blob, len(FRAMES))
    assert isinstance(frames, Columnar)
    return frames


def test_some_of_them_are_made_without_the_others() -> None:
    frames = stored()
    assert [frames[0], frames[-1], frames[3]] == [FRAMES[0], FRAMES[-1], FRAMES[3]]
    rows = [0, 3, 4, 53, 599]
    assert picked(frames, rows) == picked(FRAMES, rows) == [FRAMES[row] for row in rows]
    assert picked(frames, []) == []


def test_all_of_them_are_made_at_once() -> None:
    frames = stored()
    assert list(frames) == FRAMES
    assert frames[5:9] == FRAMES[5:9]
    assert frames[7] == FRAMES[7]


def test_their_times_need_no_frames() -> None:
    assert times(stored()).tolist() == times(FRAMES).tolist() == [frame.at for frame in FRAMES]
