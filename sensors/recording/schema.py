"""The tables of a segment, and the checksum that each row carries. docs/recording.md is for people; this is for programs."""

from hashlib import blake2b
from typing import Final

APPLICATION_ID: Final = 0x485A4C47
"""`HZLG`, in the file's header, so that `file` and we know a segment when we see one."""
VERSION: Final = 1
"""Of the schema. A program reads its own and every earlier one."""
SUFFIX: Final = ".hzlog"

TABLES: Final = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,          -- program, site, started, segment, previous
    value TEXT NOT NULL,
    digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,        -- number of its first frame in this segment, from 0; the next id is id + count
    first_at INTEGER NOT NULL,     -- ns since the epoch, log time
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    codec INTEGER NOT NULL,        -- 0 MessagePack, 1 the same compressed, 2 columns
    digest BLOB NOT NULL,
    blob BLOB NOT NULL
);
CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    frames INTEGER NOT NULL,       -- committed to this segment
    last_at INTEGER NOT NULL,
    digest BLOB NOT NULL
);
CREATE TABLE snapshots (
    at INTEGER PRIMARY KEY,        -- log time; every frame up to it is in the state
    size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    blob BLOB NOT NULL             -- zstandard
);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,         -- its first 4 KiB
    reason TEXT NOT NULL,
    digest BLOB NOT NULL
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY,        -- place in the rows of rollup
    name TEXT NOT NULL
);
CREATE TABLE rollup (
    minute INTEGER PRIMARY KEY,    -- minutes since the epoch
    blob BLOB NOT NULL
);
"""


def digest(*fields: object) -> bytes:
    """BLAKE2b, 16 bytes, over the fields of a row, each as `type:length:` and its bytes; numbers and text as UTF-8.

    What SQLite makes of a damaged row can be of any type, so any type is taken.
    """
    hashed = blake2b(digest_size=16)
    for one in fields:
        data = one if isinstance(one, bytes) else str(one).encode("utf-8", "surrogatepass")
        hashed.update(f"{type(one).__name__}:{len(data)}:".encode())
        hashed.update(data)
    return hashed.digest()
