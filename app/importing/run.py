"""What `hotzone import` does: files to entries, in the order of arrival, to a recording; and a starting site file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...config.loader import loads
from ...config.model import ControlMode, Site
from ...sensors.tables import Sorter, TableError
from ..errors import RunFailed, UserError
from ..progress import progress
from ..sites import check_folder
from .entry import Entry
from .log import ImportLog
from .places import FoundPlaces, SitePlaces
from .plan import Order, Plan
from .reading import Reader
from .site_file import site_text
from .summary import Summary


def import_files(plan: Plan, recording: Path | None, site: Site | None, make_site: Path | None, *, shown: bool = True) -> Summary:
    """Import, or without `recording` only look.

    `make_site` is written from what the files hold; the recording then holds that site. Raises UserError, RecordingError, RunFailed.
    """
    if recording is not None:
        check_folder(recording, "a site" if make_site is not None or site is not None else "")
    with _as_user_errors():
        if make_site is None:
            return _import(plan, recording, site, shown=shown)
        summary, site = _make_site(plan, make_site, shown=shown)
        if recording is None:
            return summary
        plan.times.repeated = 0
        with _gone_unless_well(make_site):
            return _import(plan, recording, site, shown=shown)


@contextmanager
def _gone_unless_well(path: Path) -> Iterator[None]:
    """A file that this import made is not left by one that failed: it would be in the way of the next."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _import(plan: Plan, recording: Path | None, site: Site | None, *, shown: bool) -> Summary:
    summary = Summary()
    reader = Reader(plan, FoundPlaces() if site is None else SitePlaces(site), summary)
    with progress("importing" if recording else "reading", size(plan), shown=shown) as bar:
        entries = reader.entries(bar)
        if recording is None:
            for _ in entries:
                pass
        elif plan.order is Order.FILE:
            _write(entries, recording, site, summary)
        else:
            with Sorter(Entry) as sorter:
                for entry in entries:
                    sorter.add(entry.stamp, entry)
                _write(sorter, recording, site, summary)
    return summary


def _write(entries: Iterable[Entry], recording: Path, site: Site | None, summary: Summary) -> None:
    with ImportLog(recording, site, summary) as log:
        for entry in entries:
            log.take(entry)
        log.end()


def _make_site(plan: Plan, path: Path, *, shown: bool) -> tuple[Summary, Site]:
    _check_read_twice(plan)
    if path.exists():
        raise _there_already(path)
    summary, places = Summary(), FoundPlaces()
    with progress("reading", size(plan), shown=shown) as bar:
        for _ in Reader(plan, places, summary).entries(bar):
            pass
    text = site_text(path.stem, [sensor for sensor in places.sensors.values() if sensor.readings], plan.unit, summary)
    try:
        with path.open("x", encoding="utf-8") as file, _gone_unless_well(path):
            file.write(text)
            file.flush()
    except FileExistsError:
        raise _there_already(path) from None
    except OSError as error:
        msg = f"--make-site {path}: {error.strerror}"
        raise UserError(msg) from error
    return summary, loads(text, secrets=False)


def _there_already(path: Path) -> UserError:
    return UserError(
        f"--make-site {path}: there is a file already, and it may be better than what would be made: use it with --site {path}"
    )


def _check_read_twice(plan: Plan) -> None:
    for name in plan.files:
        path = Path(name)
        if name == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
            what = "standard input" if name == "-" else f"{name}, which is no regular file,"
            msg = f"--make-site reads the files twice, which {what} does not allow: save it in a file first"
            raise UserError(msg)


def size(plan: Plan) -> int:
    """Bytes of all files."""
    return sum(Path(path).stat().st_size for path in plan.files if path != "-" and Path(path).is_file())


def driven(site: Site) -> list[str]:
    """Units that a replay would drive though nobody in the files ever obeyed."""
    return [unit.id for unit in site.units if unit.control is ControlMode.ON]


@contextmanager
def _as_user_errors() -> Iterator[None]:
    try:
        yield
    except TableError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        msg = f"cannot go on: {error}"
        raise RunFailed(msg) from error
