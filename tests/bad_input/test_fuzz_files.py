"""Files of strangers, changed at random: site files, tables, segments of recordings. An error for people, or what is right, and nothing else."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from corpus.configuration import BAD, SMALL
from corpus.mutate import changed, random_of
from corpus.recordings import FRAMES, good, segment

from hotzone.app.errors import RunFailed, UserError
from hotzone.app.showing import dead_letters
from hotzone.app.showing import shown as show
from hotzone.config import ConfigError, loads
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording, RecordingError
from support.imports import Imported, imported

SEED = 2
TOKENS = [text.encode() for _, text, *_ in BAD] + [
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b"'''",
        b"=",
        b".",
        b"\n",
        b"#",
        b"\\u0000",
        b"inf",
        b"-nan",
        b"1e999",
        b"0x1f",
        b"2026-01-01",
        b"\x00",
    ),
    *(b"layout.count = 5000", b"halls", b"halls.h1", b"zones.A1", b"'{n}'", b'"9999999h"', b'"0s"', b"true", b"-1"),
]
GOOD = [
    *(
        b"limits.high.above = 33",
        b"quality.period = '15s'",
        b"presence.quorum = 0.6",
        b"control.set_point = 24",
        b"racks.A1-r01.sensors = ['in-9']",
    ),
    *(
        b"sensors.in-x.topic = 'x/{rack}'",
        b"rates.quick = { rise = 3, over = '2m', share = 0.5 }",
        b"[halls.h2.zones.B1]\nlayout.count = 3",
    ),
    *(
        b"[broker]\nqos = 0",
        b"[topics]\nbase = 'a/{site}'",
        b"[handlers.page]\nuse = 'webhook'\noptions.url = 'https://x/'",
        b"[http]\nport = 1",
    ),
]
ROWS = [
    b"time,name,value\n" + b"".join(b"2026-01-01T00:00:%02dZ,r1,20.%d\n" % (second, second % 10) for second in range(30)),
    b"time;name;value\n" + b"".join(b"2026-01-01 00:00:%02d;r1;20,%d\n" % (second, second % 10) for second in range(30)),
    b"Logger 7\n\ntime\tname\tvalue\tunit\n"
    + b"".join(b"2026-01-01 00:%02d\tr1\t\xc2\xa020.5 \xc2\xb0C\tC\n" % minute for minute in range(30)),
]
COUNTS = [150, pytest.param(5_000, marks=pytest.mark.soak)]


def several(rng: Random, base: bytes, others: list[bytes]) -> bytes:
    for _ in range(rng.randrange(1, 4)):
        base = changed(rng, base, others)
    return base


def caught(kind: type[Exception], work: Callable[[], object]) -> str | None:
    """What an error of this kind says; None without one."""
    try:
        work()
    except kind as error:
        return str(error)
    return None


def _lines(rng: Random) -> bytes:
    """The small site file with settings of many kinds, a few of them changed."""
    lines = SMALL.encode().splitlines()
    for _ in range(rng.randrange(4)):
        lines.append(rng.choice(rng.choice((GOOD, TOKENS))))
    if rng.random() < 0.2:
        rng.shuffle(lines)
    return b"\n".join(changed(rng, line, TOKENS) if rng.random() < 0.05 else line for line in lines)


@pytest.mark.parametrize("count", COUNTS)
def test_a_site_file_is_read_or_refused_in_words(count: int) -> None:
    found: Counter[str] = Counter()
    for number in range(count):
        rng = random_of(SEED, number)
        text = (_lines(rng) if rng.random() < 0.7 else several(rng, SMALL.encode(), TOKENS)).decode(errors="replace")
        problem = caught(ConfigError, lambda text=text: loads(text))
        assert problem is None or all(line.isprintable() for line in problem.splitlines()), number
        found["read" if problem is None else "refused"] += 1
    assert set(found) == {"read", "refused"}


@pytest.mark.parametrize("count", [30, pytest.param(2_000, marks=pytest.mark.soak)])
def test_a_table_is_imported_or_refused_in_words(count: int, tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    for number in range(count):
        rng = random_of(SEED, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        base = rng.randrange(3)
        asked = ({}, {"decimal": ","}, {"skip": 2, "value": ["value"]})[base]
        table = several(rng, ROWS[base], ROWS)
        done: list[Imported] = []
        problem = caught(UserError, lambda: done.append(imported(folder, table, sensor="name", **asked)))  # noqa: B023  called at once
        if problem is not None:
            assert all(line.isprintable() for line in problem.splitlines()), number
            found["refused"] += 1
            continue
        found["imported"] += 1
        summary = done[0].summary
        assert all(line.isprintable() for line in summary.lines()), number
        assert len(done[0].letters) == summary.rejected.total(), number
        assert sum(frame.topic.startswith("dc/") for frame in done[0].frames) >= summary.readings, number
    assert set(found) == {"imported", "refused"}


@pytest.mark.parametrize("count", COUNTS)
def test_of_a_segment_no_frame_is_given_that_was_not_written(count: int, tmp_path: Path) -> None:
    path = segment(good(tmp_path))
    whole = path.read_bytes()
    written = set(FRAMES)
    found: Counter[str] = Counter()
    for number in range(count):
        rng = random_of(SEED, number)
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            begin = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[begin] ^= 1 << rng.randrange(8)
                case 1:
                    data[begin : begin + 64] = rng.randbytes(64)
                case 2:
                    data[begin : begin + 4096] = bytes(4096)
                case _:
                    del data[begin:]
                    break
        path.write_bytes(data)
        read: list[Frame] = []
        problem = caught(RecordingError, lambda: read_all(path, read))  # noqa: B023  called at once
        assert problem is None or problem.isprintable(), number
        found["refused"] += problem is not None
        found["whole" if read == FRAMES else "part" if read else "nothing"] += 1
        assert written.issuperset(read), number
        assert [frame.at for frame in read] == sorted(frame.at for frame in read), number
    assert {"part", "whole", "refused"} <= set(found), found


def read_all(path: Path, read: list[Frame]) -> None:
    """Everything that can be read of a segment; its frames are added to `read`."""
    for frames in Recording(path).frames(damaged=lambda _: None):
        read += frames
    with suppress(RunFailed):  # said at the end, where there is damage
        list(show(path, plain=True))
    list(dead_letters(path))
    Recording(path).snapshot_before(FRAMES[-1].at)
