"""The folder of a recording: which files in it are segments, and who may write there."""

import fcntl
import os
import re
from pathlib import Path
from typing import Final

from .errors import RecordingInUse, RecordingUnwritable
from .schema import SUFFIX

_NAME: Final = re.compile(rf"([0-9]{{6,12}}){re.escape(SUFFIX)}")
_LOCK: Final = "writer.lock"


def number_of(path: Path) -> int | None:
    """The number of a segment by its name, None when it is no segment's name."""
    match = _NAME.fullmatch(path.name)
    return None if match is None else int(match[1])


def segments(folder: Path) -> list[Path]:
    """The segments of a folder, oldest first. Links are not followed, and other files are none of ours."""
    found = [path for path in folder.iterdir() if number_of(path) is not None and path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: number_of(path) or 0)


def next_segment(folder: Path) -> tuple[int, Path]:
    """Number and path of the next segment: above every name that is taken, by whatever."""
    number = max((number_of(path) or 0 for path in folder.iterdir()), default=0) + 1
    return number, folder / f"{number:06d}{SUFFIX}"


class FolderLock:
    """Makes sure that one process writes; it is gone with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise RecordingUnwritable(folder, str(error)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise RecordingInUse(folder) from None

    def release(self) -> None:
        """Let others write. Calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
