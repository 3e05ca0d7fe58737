"""The machine below: clock, disk, permissions, limits. Everything here is quick and changes nothing that stays."""

import ctypes
import os
import resource
import shutil
import stat
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from ...config.units import MILLISECOND
from .finding import Finding, Level

_GIB: Final = 1024**3
_TIMEX_BYTES: Final = 512
"""More than `struct timex` has on any Linux; all zero, it asks without setting anything."""
_TIME_ERROR: Final = 5
"""What adjtimex returns for a clock that nothing keeps in step."""
_SLOW_SYNC: Final = 50 * MILLISECOND
_SYNCS: Final = 20
_FILES: Final = 1024
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_READ: Final = stat.S_IRGRP | stat.S_IROTH


def look_at_clock(state: Callable[[], int | None] | None = None) -> Iterator[Finding]:
    """Whether the system clock is kept in step with others. `state` stands in for adjtimex."""
    answer = (state or _adjtimex)()
    if answer is None:
        yield Finding(Level.NOTE, "system clock", "cannot tell whether it is synchronised")
    elif answer == _TIME_ERROR:
        advice = "Run chrony, systemd-timesyncd or ntpd: readings from thermometers with a better clock look late or early."
        yield Finding(Level.WARNING, "system clock", "not synchronised", advice)
    else:
        yield Finding(Level.OK, "system clock", "synchronised")


def _adjtimex() -> int | None:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    answer = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return answer if answer >= 0 else None


def look_at_folder(folder: Path, keep_bytes: int) -> Iterator[Finding]:
    """Where recordings go: may we write, who else may, is there room, and how long does a safe write take."""
    subject = "recordings"
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            Level.ERROR, subject, f"{there} cannot be written", f"Make {folder} a folder that belongs to the user who runs hotzone."
        )
        return
    missing = "" if there == folder else f"; {folder} will be made at the first run"
    mode = there.stat().st_mode
    if there == folder and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield Finding(Level.WARNING, subject, f"anybody may write to {folder}", f"chmod o-w {folder}")
    else:
        yield Finding(Level.OK, subject, f"{there} can be written{missing}")
    yield _room(folder, there, keep_bytes)
    yield _sync_time(there)
    yield _open_files()


def _room(folder: Path, there: Path, keep_bytes: int) -> Finding:
    free = shutil.disk_usage(there).free
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0
    found = f"{free / _GIB:.1f} GiB free"
    if free < _GIB:
        return Finding(
            Level.ERROR, "disk", found, "Free some: when the log cannot be written, units go to 100 % and readings wait at the broker."
        )
    if used + free < keep_bytes:
        advice = f"Recordings may grow to {keep_bytes / _GIB:.0f} GiB: lower [recording] keep, or give them a larger disk."
        return Finding(Level.WARNING, "disk", found, advice)
    return Finding(Level.OK, "disk", found)


def _sync_time(folder: Path) -> Finding:
    """How long a write takes until it is safe: acknowledgements to the broker wait for it."""
    took: list[int] = []
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            for _ in range(_SYNCS):
                began = time.perf_counter_ns()
                file.write(b"\0" * 4096)
                os.fsync(file.fileno())
                took.append(time.perf_counter_ns() - began)
    except OSError as error:
        return Finding(
            Level.ERROR, "safe write", f"failed: {error.strerror or error}", "Look after the disk: nothing can be recorded on it."
        )
    median = statistics.median(took)
    found = f"{median / MILLISECOND:.1f} ms, at worst {max(took) / MILLISECOND:.1f} ms"
    if median > _SLOW_SYNC:
        return Finding(
            Level.WARNING, "safe write", found, "Put recordings on a faster disk: readings are acknowledged only after a safe write."
        )
    return Finding(Level.OK, "safe write", found)


def _open_files() -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limit < _FILES:
        return Finding(
            Level.WARNING, "open files", f"{limit} at most", f"Raise it to {_FILES} or more: ulimit -n, or LimitNOFILE= of the service."
        )
    return Finding(Level.OK, "open files", "no limit" if limit < 0 else f"{limit} at most")


def look_at_handlers(folder: str | None) -> Iterator[Finding]:
    """Whoever can write into the handlers folder runs code as hotzone."""
    if folder is None:
        return
    path = Path(folder)
    if not path.is_dir():
        yield Finding(Level.ERROR, "handlers folder", f"{folder} is no folder", "Make it, or correct handlers_folder in the site file.")
        return
    loose = [entry for entry in (path, *path.glob("[!.]*.py")) if entry.stat().st_mode & _OTHERS_WRITE]
    for entry in loose:
        yield Finding(Level.ERROR, "handlers folder", f"others may write {entry}: they could run code as hotzone", f"chmod go-w {entry}")
    if not loose:
        yield Finding(Level.OK, "handlers folder", f"{folder} is ours alone to write")


def look_at_files(paths: Iterable[str]) -> Iterator[Finding]:
    """Files with a secret in them: there, readable by us and by nobody else."""
    for name in paths:
        path = Path(name)
        if not path.is_file() or not os.access(path, os.R_OK):
            yield Finding(Level.ERROR, "secret file", f"{name} cannot be read", "Correct its name in the site file, or its owner.")
        elif path.stat().st_mode & (_OTHERS_READ | _OTHERS_WRITE):
            yield Finding(Level.ERROR, "secret file", f"others may read or write {name}", f"chmod 600 {name}")
        else:
            yield Finding(Level.OK, "secret file", f"{name} is ours alone")
