"""Recordings that somebody made to hurt: each is built from a good one, with checksums that are right, as a forger would."""

import gzip
import io
import os
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import numpy as np
import zstandard
from msgspec import Struct, msgpack

from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import RecordingWriter
from hotzone.sensors.recording.planes import pack
from hotzone.sensors.recording.schema import digest

from .lines import T0

SITE: Final = 'name = "t"\n[halls.h1.zones.A1]\nlayout.count = 2\n'
SECOND: Final = 10**9
FRAMES: Final = [
    Frame(T0, Own.START, b'{"previous":null,"site":"","version":"1","rate":1.0,"session":false}'),
    *(Frame(T0 + index * SECOND, "dc/h1/A1/A1-r01/in-top", b'{"value":%d.5}' % (20 + index % 5)) for index in range(1, 300)),
]
"""Of the good one, in three chunks of a hundred."""
WHOLE: Final = len(FRAMES)
GIB: Final = 1024**3


class Forgery(Struct, frozen=True, kw_only=True):
    """What becomes of a recording: refused as none, read up to the damage, or read whole; `frames` are given, `reason` is part of the error."""

    id: str
    entry: str
    expect: Literal["refused", "prefix", "whole"]
    frames: int
    reason: str


def good(folder: Path, name: str = "log", frames: list[Frame] = FRAMES) -> Path:
    """The good one, a folder of one segment."""
    with RecordingWriter(folder / name, site_source=SITE, version="1", started=T0, merged=100) as writer:
        for begin in range(0, len(frames), 100):
            writer.append(frames[begin : begin + 100])
            writer.snapshot(frames[begin].at, b"no state")
            writer.commit()
    return folder / name


def segment(folder: Path) -> Path:
    """The file in it."""
    return folder / "000001.hzlog"


def sql(path: Path, statement: str, *values: object) -> None:
    """Change it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(statement, values)


def chunk(path: Path, identifier: int, blob: bytes, *, first: int, last: int, count: int, codec: int = 0) -> None:
    """Put a chunk there, with the checksum that it should have."""
    row = (identifier, first, last, count, codec)
    sql(path, "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)", *row, digest(*row, blob), blob)


def plain(frames: list[tuple[int, object, object]]) -> bytes:
    """A chunk as it is."""
    return msgpack.encode([[frame[0] for frame in frames], [frame[1] for frame in frames], [frame[2] for frame in frames]])


def second(make: Callable[[], tuple[bytes, int, int]], *, first: int = 0, last: int = 0) -> Callable[[Path], Path]:
    """In place of the second chunk: what `make` says, blob, codec and count."""

    def forge(folder: Path) -> Path:
        path = good(folder)
        blob, codec, count = make()
        chunk(segment(path), 100, blob, first=first or FRAMES[100].at, last=last or FRAMES[199].at, count=count, codec=codec)
        return path

    return forge


def changed(statement: str, *values: object) -> Callable[[Path], Path]:
    """A statement in the file."""

    def forge(folder: Path) -> Path:
        path = good(folder)
        sql(segment(path), statement, *values)
        return path

    return forge


def fact(key: str, value: object) -> Callable[[Path], Path]:
    """A fact of `meta` replaced, with its checksum."""
    return changed("UPDATE meta SET value = ?, digest = ? WHERE key = ?", value, digest(key, value), key)


def progress(frames: object, last_at: object) -> Callable[[Path], Path]:
    """How far it says that it goes."""
    return changed("UPDATE progress SET frames = ?, last_at = ?, digest = ?", frames, last_at, digest(frames, last_at))


def file(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    """A file that is something else."""

    def forge(folder: Path) -> Path:
        path = folder / "000001.hzlog"
        path.write_bytes(content())
        return path

    return forge


def zstd(size: int, *, said: int | None = None) -> bytes:
    """Noughts, compressed; `said` is what the chunk says of the size."""
    return msgpack.encode([size if said is None else said, zstandard.ZstdCompressor().compress(bytes(size))])


def headed(size: int) -> bytes:
    """A zstandard frame that promises `size` bytes and holds ten."""
    return b"\x28\xb5\x2f\xfd\xe0" + size.to_bytes(8, "little") + b"\x51\x00\x00" + b"x" * 10


def unsized(window: int) -> bytes:
    """A frame that names no size and wants a window of 2^`window` bytes."""
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(window - 10) << 3]) + b"\x51\x00\x00" + b"x" * 10


def columns(**changes: object) -> tuple[bytes, int, int]:
    """A chunk in columns of two frames, with some fields changed."""
    packer = zstandard.ZstdCompressor()
    names = msgpack.encode(["t"])
    fields: dict[str, object] = {
        "first_at": FRAMES[100].at,
        "at": pack(np.array([FRAMES[199].at - FRAMES[100].at], np.int64)),
        "names": packer.compress(names),
        "names_size": len(names),
        "topics": [],
        "topics_rule": 0,
        "which": 0,
        "shapes": [],
        "others": packer.compress(b"12"),
        "others_size": 2,
        "others_lengths": pack(np.array([1, 1], np.int64)),
    }
    return msgpack.encode(list((fields | changes).values())), 2, 2


def _linked(folder: Path) -> Path:
    path = good(folder, "elsewhere")
    (folder / "log").mkdir()
    (folder / "log" / "000001.hzlog").symlink_to(segment(path))
    return folder / "log"


def _two_of_one_number(folder: Path) -> Path:
    path = good(folder)
    (path / "0000001.hzlog").write_bytes(segment(path).read_bytes())
    return path


def _two_of_one_sequence(folder: Path) -> Path:
    path = good(folder)
    frames = [(frame.at, frame.topic, frame.payload) for frame in FRAMES[100:200]]
    chunk(segment(path), 150, plain(frames[50:]), first=FRAMES[150].at, last=FRAMES[199].at, count=50)
    return path


def _earlier(folder: Path) -> Path:
    path = good(folder)
    older = good(folder, "older", [Frame(frame.at - 3600 * SECOND, frame.topic, frame.payload) for frame in FRAMES])
    (path / "000002.hzlog").write_bytes(segment(older).read_bytes())
    return path


def _shortened(folder: Path) -> Path:
    """The first of two segments without its end, and with a progress that says so."""
    path = good(folder)
    good(folder, frames=[Frame(frame.at + 3600 * SECOND, frame.topic, frame.payload) for frame in FRAMES])
    sql(segment(path), "DELETE FROM chunks WHERE id = 200")
    sql(segment(path), "UPDATE progress SET frames = ?, last_at = ?, digest = ?", 200, FRAMES[199].at, digest(200, FRAMES[199].at))
    return path


def _archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "000001.hzlog", "w") as archive:
        archive.write(segment(good(folder)), "000001.hzlog")
    return folder / "000001.hzlog"


def _tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name in ("../x", "/etc/cron.d/x", "a/" * 200 + "x"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return held.getvalue()


def _foreign(folder: Path) -> Path:
    sql(folder / "000001.hzlog", "CREATE TABLE chunks (id INTEGER)")
    return folder / "000001.hzlog"


def _directory(folder: Path) -> Path:
    (folder / "log" / "000001.hzlog").mkdir(parents=True)
    return folder / "log"


def _pipe(folder: Path) -> Path:
    (folder / "log").mkdir()
    os.mkfifo(folder / "log" / "000001.hzlog")
    return folder / "log"


def _up(folder: Path) -> Path:
    path = good(folder)
    (path / "..%2f000002.hzlog").write_bytes(b"x")
    (path / "../000003.hzlog").write_bytes(b"x")
    return path


def _at(folder: Path, *names: str) -> Path:
    return folder.joinpath(*names)


_DEEP: Final = b"\x91" * 100_000
_FAR: Final = 2**63 - 1
Row = tuple[str, str, Callable[[Path], Path], Literal["refused", "prefix", "whole"], int, str]
FORGERIES: Final[list[Row]] = [
    ("nothing wrong", "the good one", good, "whole", WHOLE, ""),
    ("zlib bomb", "50 MB of noughts in gzip", file(lambda: gzip.compress(bytes(50_000_000), 9)), "refused", 0, ""),
    (
        "zstd bomb",
        "10 GiB promised by a frame of ten bytes",
        second(lambda: (msgpack.encode([10 * GIB, headed(10 * GIB)]), 1, 100)),
        "prefix",
        100,
        "more than it may",
    ),
    ("zstd bomb", "90 MiB out of some kilobytes", second(lambda: (zstd(90 * 1024**2), 1, 100)), "prefix", 100, "more than it may"),
    ("zstd bomb", "more than it says", second(lambda: (zstd(1_000_000, said=100), 1, 100)), "prefix", 100, "as long as it says"),
    ("zstd bomb", "a negative size", second(lambda: (msgpack.encode([-1, headed(10)]), 1, 100)), "prefix", 100, "damaged|decoded|long"),
    (
        "zstd bomb",
        "10 GiB of names in columns",
        second(lambda: columns(names=headed(10 * GIB), names_size=10 * GIB)),
        "prefix",
        100,
        "more than it may",
    ),
    (
        "zstd bomb",
        "10 GiB of payloads in columns",
        second(lambda: columns(others=headed(10 * GIB), others_size=10 * GIB)),
        "prefix",
        100,
        "more than it may",
    ),
    (
        "zstd bomb",
        "a snapshot of 10 GiB",
        changed(
            "INSERT INTO snapshots VALUES (?, ?, ?, ?)", T0 + 5, 10 * GIB, digest(T0 + 5, 10 * GIB, headed(10 * GIB)), headed(10 * GIB)
        ),
        "whole",
        WHOLE,
        "",
    ),
    (
        "huge window",
        "2 GiB of window and no size",
        second(lambda: (msgpack.encode([10, unsized(31)]), 1, 100)),
        "prefix",
        100,
        "as long as it says",
    ),
    (
        "huge window",
        "16 MiB of window and no size",
        second(lambda: (msgpack.encode([10, unsized(24)]), 1, 100)),
        "prefix",
        100,
        "as long as it says",
    ),
    ("nested archive", "a recording in a zip", _archive, "refused", 0, ""),
    ("nested archive", "a tar with names that lead elsewhere", file(_tar), "refused", 0, ""),
    ("nested archive", "100,000 lists in each other", second(lambda: (_DEEP, 0, 100)), "prefix", 100, "decoded"),
    ("nested archive", "a list of four milliards", second(lambda: (b"\x93\xdd\xff\xff\xff\xff", 0, 100)), "prefix", 100, "decoded"),
    ("wrong magic", "an empty file", file(lambda: b""), "refused", 0, ""),
    ("wrong magic", "text", file(lambda: b"time,value\n1,2\n" * 100), "refused", 0, ""),
    ("wrong magic", "the head of a database and noughts", file(lambda: b"SQLite format 3\x00" + bytes(8000)), "refused", 0, ""),
    ("wrong magic", "another program's database", _foreign, "refused", 0, "no recording of hotzone"),
    ("wrong magic", "a version to come", changed("PRAGMA user_version=99"), "refused", 0, "version 99"),
    ("wrong magic", "a view", changed("CREATE VIEW v AS SELECT * FROM chunks"), "refused", 0, "no recording of hotzone"),
    ("wrong magic", "a codec that there is not", second(lambda: (b"", 99, 100)), "prefix", 100, "does not know"),
    ("index past end", "a chunk at 2^63-1", lambda folder: _chunk_at(folder, _FAR, 1), "prefix", WHOLE, "nothing between"),
    ("index past end", "a chunk that counts to 2^63-1", second(lambda: (plain([]), 0, _FAR)), "prefix", 100, "count"),
    ("index past end", "more frames than there are", progress(10**18, FRAMES[-1].at), "prefix", WHOLE, "ends too early"),
    ("index past end", "2^63-1 frames", progress(_FAR, FRAMES[-1].at), "prefix", WHOLE, "ends too early"),
    (
        "index past end",
        "a topic that is not listed",
        second(lambda: columns(topics=pack(np.array([0, 7], np.int64)))),
        "prefix",
        100,
        "topic",
    ),
    ("index past end", "a shape that is not listed", second(lambda: columns(which=9)), "prefix", 100, "shape"),
    ("index past end", "a segment without its end", _shortened, "prefix", 200, "the segment before it ends too early"),
    (
        "index past end",
        "a segment before it of 10^18 frames",
        fact("previous", '{"segment":0,"frames":1000000000000000000,"last_at":1}'),
        "whole",
        WHOLE,
        "",
    ),
    ("negative length", "a chunk at -5", lambda folder: _chunk_at(folder, -5, 3), "whole", WHOLE, ""),
    ("negative length", "a count of -1", second(lambda: (plain([]), 0, -1)), "prefix", 100, "nothing between"),
    ("negative length", "a count of nought", second(lambda: (plain([]), 0, 0)), "prefix", 100, ""),
    ("negative length", "-1 frames", progress(-1, FRAMES[-1].at), "whole", WHOLE, ""),
    (
        "negative length",
        "a payload of -1 bytes",
        second(lambda: columns(others_lengths=pack(np.array([3, -1], np.int64)))),
        "prefix",
        100,
        "length",
    ),
    ("negative length", "a size of -1 in columns", second(lambda: columns(others_size=-1)), "prefix", 100, ""),
    ("symlink", "a segment that is a link", _linked, "refused", 0, "no recording there"),
    ("symlink", "a segment that is a folder", _directory, "refused", 0, "no recording there"),
    ("symlink", "a segment that is a pipe", _pipe, "refused", 0, "no recording there"),
    ("../x", "a name that leads up", _up, "whole", WHOLE, ""),
    (
        "../x",
        "a path that leads up to nothing",
        lambda folder: _at(folder, "..", "..", "nothing.hzlog"),
        "refused",
        0,
        "no recording there",
    ),
    ("absolute name", "/etc/passwd", lambda _: Path("/etc/passwd"), "refused", 0, ""),
    ("absolute name", "/dev/zero", lambda _: Path("/dev/zero"), "refused", 0, "no recording there"),
    ("NUL in name", "a NUL", lambda folder: _at(folder, "a\x00b"), "refused", 0, "no recording there"),
    ("255+ byte name", "300 letters", lambda folder: _at(folder, "a" * 300), "refused", 0, ""),
    ("255+ byte name", "a path of 5,000", lambda folder: _at(folder, *["a" * 100] * 50), "refused", 0, ""),
    ("two records one seq", "a chunk inside of another, which counts", _two_of_one_sequence, "whole", WHOLE, ""),
    ("two records one seq", "two segments of one number", _two_of_one_number, "prefix", WHOLE, "goes back in time"),
    (
        "time going back",
        "inside of a chunk",
        second(
            lambda: (plain([(FRAMES[199].at, "t", b"1"), (FRAMES[100].at, "t", b"2")]), 0, 2), first=FRAMES[199].at, last=FRAMES[100].at
        ),
        "prefix",
        100,
        "do not increase",
    ),
    (
        "time going back",
        "a chunk before the one before",
        second(lambda: (plain([(T0 - 5, "t", b"1")]), 0, 1), first=T0 - 5, last=T0 - 5),
        "prefix",
        100,
        "goes back in time",
    ),
    ("time going back", "a segment an hour earlier", _earlier, "prefix", WHOLE, "goes back in time"),
    (
        "time going back",
        "two of one instant",
        second(lambda: (plain([(FRAMES[100].at, "t", b"1")] * 2), 0, 2), last=FRAMES[100].at),
        "prefix",
        100,
        "do not increase",
    ),
    (
        "time going back",
        "other times than it says",
        second(lambda: (plain([(FRAMES[150].at, "t", b"1")]), 0, 1)),
        "prefix",
        100,
        "other times",
    ),
    ("other fields", "a beginning that is no number", fact("started", "noon"), "refused", 0, "started"),
    ("other fields", "a beginning of 5,000 digits", fact("started", "9" * 5000), "refused", 0, "started"),
    ("other fields", "a site that is a number", fact("site", 7), "refused", 0, ""),
    ("other fields", "bytes for the program", fact("program", b"\xff\xfe"), "refused", 0, "program"),
    ("other fields", "no site", changed("DELETE FROM meta WHERE key = 'site'"), "refused", 0, "site"),
    ("other fields", "a previous that is no JSON", fact("previous", "["), "prefix", 0, "previous"),
    (
        "other fields",
        "a time that is text",
        second(lambda: (plain([(1, "t", b"1")]).replace(b"\x91\x01", b"\x91\xa1x", 1), 0, 1)),
        "prefix",
        100,
        "decoded",
    ),
    (
        "other fields",
        "a topic that is no UTF-8",
        second(lambda: (plain([(FRAMES[100].at, "tt", b"1")]).replace(b"\xa2tt", b"\xa2\xff\xff"), 0, 1), last=FRAMES[100].at),
        "prefix",
        100,
        "decoded",
    ),
    (
        "other fields",
        "a payload that is text",
        second(lambda: (plain([(FRAMES[100].at, "t", "1")]), 0, 1), last=FRAMES[100].at),
        "prefix",
        100,
        "decoded",
    ),
    (
        "other fields",
        "fewer frames than it says",
        second(lambda: (plain([(FRAMES[100].at, "t", b"1")]), 0, 2), last=FRAMES[100].at),
        "prefix",
        100,
        "more or fewer",
    ),
    ("other fields", "text for a blob", changed("UPDATE chunks SET blob = 'text' WHERE id = 100"), "prefix", 100, "not what was written"),
    ("other fields", "a state of nonsense", good, "whole", WHOLE, ""),
]
"""Item of the catalogue, name, how it is made, and what becomes of it."""
MAKERS: Final = {name: make for _, name, make, _, _, _ in FORGERIES}


def _chunk_at(folder: Path, identifier: int, count: int) -> Path:
    path = good(folder)
    at = FRAMES[-1].at + SECOND
    blob = plain([(at + index, "t", b"1") for index in range(count)])
    chunk(segment(path), identifier, blob, first=at, last=at + count - 1, count=count)
    return path


def lines() -> Iterator[Forgery]:
    """All of them."""
    for entry, name, _, expect, frames, reason in FORGERIES:
        yield Forgery(id=name, entry=entry, expect=expect, frames=frames, reason=reason)
