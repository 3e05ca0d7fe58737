"""`hotzone compare` for the command line: what to compare on, a progress bar, and where the results go."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from msgspec import json

from ...config.problems import listed, nearest
from ...pipeline.styles import Style
from ..errors import UserError
from ..progress import progress
from .figures import sound
from .measure import compare
from .report import report
from .table import table

_HOURS: Final = 2
_FAULTS: Final = ("crac-failure:crac-1@30m+20m",)
"""Of the recording that is made when none is given."""


class Compared(NamedTuple):
    """What to print, and whether all is well."""

    lines: tuple[str, ...]
    sound: bool


def compared(
    recording: Path | None,
    *,
    broker: str | None,
    html: Path | None,
    raw: Path | None,
    styles: Sequence[str] | None,
    rounds: int,
    readings: int,
    plain: bool,
) -> Compared:
    """Compare, and write the files that were asked for. Raises UserError, RecordingError, RunFailed."""
    chosen = tuple(_style(name) for name in styles) if styles else tuple(Style)
    for path in (html, raw):
        if path is not None and not path.parent.is_dir():
            msg = f"{path}: there is no folder {path.parent}"
            raise UserError(msg)
    with _recording(recording, plain=plain) as folder, progress("comparing", 1000, shown=not plain) as bar:
        comparison = compare(
            folder, broker=broker, styles=chosen, rounds=rounds, readings=readings, done=lambda done, total, _: bar(done * 1000 // total)
        )
    if html is not None:
        _write(html, report(comparison).encode())
    if raw is not None:
        _write(raw, json.format(json.encode(comparison), indent=1))
    written = () if html is None else (f"The report is in {html}.",)
    return Compared((*table(comparison), *written), sound(comparison))


@contextmanager
def _recording(path: Path | None, *, plain: bool) -> Iterator[Path]:
    """The recording, or one that is made now and thrown away."""
    if path is not None:
        yield path
        return
    from ..halls import Plan
    from ..simulating import simulate_in_process

    with TemporaryDirectory(prefix="hotzone-compare-") as folder:
        made = Path(folder) / "two-simulated-hours"
        simulate_in_process(Plan.of("demo", hours=_HOURS, seed=None, faults=_FAULTS, plain=plain), made, None)
        yield made


def _style(name: str) -> Style:
    try:
        return Style(name)
    except ValueError:
        close = nearest(name, list(Style))
        msg = f"--style {name}: expected {listed(Style)}" + (f"; did you mean {close}?" if close else "")
        raise UserError(msg) from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise UserError(msg) from error
