"""What `hotzone export` does: a recording to a file that appears only when it is whole."""

import gzip
import io
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from msgspec import Struct

from ...config.model import Site
from ...sensors.recording import Recording
from ..errors import RunFailed, UserError
from ..progress import progress
from .parquet import write_parquet
from .rows import UNITS, Row, Source
from .text import write_long, write_wide

PARQUET: Final = (".parquet", ".pq")
CSV: Final = (".csv", ".csv.gz", ".txt", ".txt.gz")


class Request(Struct, frozen=True, kw_only=True):
    """What to export. Times are log time, ns."""

    recording: Path
    out: str
    site: Site | None = None
    sensors: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    unit: str = "C"
    wide: bool = False
    every: int | None = None


class Exported(Struct, frozen=True):
    """What was exported."""

    rows: int
    rejected: Counter[str]
    """Payloads that are no reading, by reason; they are not in the table."""
    others: int
    """Messages on topics of no thermometer; neither are they."""
    damage: list[str]


def export(request: Request, *, shown: bool = True) -> Exported:
    """Write the table. Raises UserError, RecordingError, RunFailed."""
    _check(request)
    recording = Recording(request.recording)
    source = Source(recording, request.site, request.sensors, request.unit)
    first = max(request.since or 0, recording.first_at or 0)
    last = min(request.until or sys.maxsize, recording.last_at or 0)
    with progress("exporting", max(0, last - first), shown=shown) as bar:
        rows = source.rows(request.since, request.until, lambda at: bar(at - first))
        count = _write(request, source, rows)
    if source.rejected.total() and not count:
        reasons = ", ".join(f"{reason} {times:,}" for reason, times in source.rejected.most_common())
        msg = f"{request.recording} holds no reading that could be exported: {reasons}"
        raise RunFailed(msg)
    return Exported(count, source.rejected, source.others, source.damage)


def _check(request: Request) -> None:
    if request.unit not in UNITS:
        msg = f"--unit {request.unit}: expected C, F or K"
        raise UserError(msg)
    if request.every is not None and not request.wide:
        msg = "--every puts readings side by side, so it needs --wide"
        raise UserError(msg)
    if request.since is not None and request.until is not None and request.since >= request.until:
        msg = "--from is not before --to: there is nothing between them"
        raise UserError(msg)
    if request.out == "-" or request.out.lower().endswith(CSV):
        return
    if not request.out.lower().endswith(PARQUET):
        msg = f"{request.out}: expected a name that ends in .csv, .csv.gz or .parquet, or - for standard output"
        raise UserError(msg)
    if request.wide:
        msg = f"--wide: {request.out} is a long table, from which any other is made; write a .csv, or leave --wide out"
        raise UserError(msg)


def _write(request: Request, source: Source, rows: Iterator[Row]) -> int:
    unit = UNITS[request.unit]
    if request.out == "-":
        return _to_stdout(request, source, rows)
    with _whole(Path(request.out)) as path:
        if request.out.lower().endswith(PARQUET):
            return write_parquet(path, rows, unit)
        with _text(path, packed=request.out.lower().endswith(".gz")) as file:
            return _table(request, source, rows, file)


def _table(request: Request, source: Source, rows: Iterator[Row], file: TextIO) -> int:
    if request.wide:
        return write_wide(file, rows, source.names(request.since, request.until), request.every)
    return write_long(file, rows, UNITS[request.unit])


def _to_stdout(request: Request, source: Source, rows: Iterator[Row]) -> int:
    file = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="", write_through=False)
    try:
        count = _table(request, source, rows, file)
        file.flush()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    except OSError as error:
        with suppress(OSError, ValueError):
            file.detach()
        msg = f"cannot write to standard output: {error.strerror or error}"
        raise RunFailed(msg) from error
    file.detach()
    return count


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` when the block ends well, and is gone when it does not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror or error}"
        raise RunFailed(msg) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _text(path: Path, *, packed: bool) -> Iterator[TextIO]:
    with path.open("wb") as raw:
        if packed:
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as stream, io.TextIOWrapper(stream, "utf-8", newline="") as file:
                yield file
        else:
            with io.TextIOWrapper(raw, "utf-8", newline="") as file:
                yield file
