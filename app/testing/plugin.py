"""The pytest plug-in. It loads in every pytest run where hotzone is installed, so it imports late, and does nothing until it is asked."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .journal import Journal
    from .places import Places
    from .run import Defaults, Replay, Simulate

_OPTION: Final = "hotzone_update"
_UPDATED: Final = "hotzone_golden"
"""Where a test reports the golden journals that it wrote."""
_MARKS: Final = (
    "hotzone(site=..., handlers=[...]): the site file and the handlers of this test, class or module",
    "recording(*names, site=..., handlers=[...]): the fixture `journal` is the journal of each of these recordings, or patterns of them, in turn",
)


class _Session:
    """What the fixtures know of the run: the test that runs now, the golden journals that were written."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.item: pytest.Item | None = None
        self.used = False
        self.written: dict[Path, bytes] = {}

    def defaults(self) -> "Defaults":
        """What holds for the test that runs now."""
        from .golden import Shelf
        from .run import Defaults

        assert self.item is not None
        self.used = True
        folder = self.item.path.parent
        mark = self.mark("hotzone")
        site = mark.get("site")
        if site is None:
            site = self._of_conftest(folder) or self._of_ini()
        handlers = mark.get("handlers") or ()
        shelf = Shelf(folder, update=bool(self.config.getoption(_OPTION)), written=self.written, wrote=self._wrote)
        return Defaults(self.places(folder), site, tuple(handlers), shelf)  # type: ignore[arg-type]  # whatever the mark says is checked where it is used

    def places(self, folder: Path) -> "Places":
        """Where files are looked for by a test in this folder."""
        from .places import Places

        root = _root(self.config)
        return Places(folder, root, tuple(root / name for name in self.config.getini("hotzone_recordings")))

    def mark(self, name: str) -> dict[str, object]:
        """The arguments of the mark, the closest first, key by key."""
        assert self.item is not None
        said: dict[str, object] = {}
        for mark in self.item.iter_markers(name):
            said = {**mark.kwargs, **said}
        known = {"site", "handlers"}
        if unknown := sorted(set(said) - known):
            msg = f"@pytest.mark.{name} does not know {unknown[0]!r}: expected {' or '.join(sorted(known))}"
            raise pytest.UsageError(msg)
        return said

    def _wrote(self, path: Path) -> None:
        """Tell, also from a worker of pytest-xdist, which golden journals a test wrote."""
        assert self.item is not None
        self.item.user_properties.append((_UPDATED, str(path)))

    def _of_conftest(self, folder: Path) -> object:
        """`hotzone_site` of the nearest conftest.py; a relative path counts from there."""
        known: dict[Path, object] = {}
        for plugin in self.config.pluginmanager.get_plugins():
            path, site = getattr(plugin, "__file__", None), getattr(plugin, "hotzone_site", None)
            if isinstance(path, str) and site is not None and Path(path).name == "conftest.py":
                known[Path(path).parent] = site
        home = next((one for one in (folder, *folder.parents) if one in known), None)
        return None if home is None else _beside(home, known[home])

    def _of_ini(self) -> object:
        name = self.config.getini("hotzone_site")
        return _beside(_root(self.config), name) if name else None


_SESSION: Final = pytest.StashKey[_Session]()


@pytest.fixture(scope="session")
def replay(request: pytest.FixtureRequest) -> "Replay":
    """Replay a recording, or a timeline written as text, and look at the journal that comes of it."""
    from functools import wraps

    from .run import replay as function

    session = request.config.stash[_SESSION]

    @wraps(function)
    def replay(source: object, /, **named: object) -> "Journal":
        __tracebackhide__ = True
        return function(source, **{"defaults": session.defaults(), **named})  # type: ignore[arg-type]  # named ones that the function has

    return replay


@pytest.fixture(scope="session")
def simulate(request: pytest.FixtureRequest) -> "Simulate":
    """Run a simulated hall of a site, with faults, in lockstep, and look at the journal that comes of it."""
    from functools import wraps

    from .run import simulate as function

    session = request.config.stash[_SESSION]

    @wraps(function)
    def simulate(*given: object, **named: object) -> "Journal":
        __tracebackhide__ = True
        return function(*given, **{"defaults": session.defaults(), **named})  # type: ignore[arg-type]  # named ones that the function has

    return simulate


@pytest.fixture
def journal(request: pytest.FixtureRequest, replay: "Callable[..., Journal]") -> "Journal":
    """The journal of the recording that the test is marked with: `@pytest.mark.recording("monday")`."""
    __tracebackhide__ = True
    if not hasattr(request, "param"):
        msg = 'the fixture `journal` needs @pytest.mark.recording("name") at the test, its class or its module'
        raise pytest.UsageError(msg)
    return replay(request.param, **request.config.stash[_SESSION].mark("recording"))


# What pytest asks of a plug-in


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option and the settings."""
    group = parser.getgroup("hotzone")
    group.addoption(
        "--hotzone-update",
        dest=_OPTION,
        action="store_true",
        default=False,
        help="write golden journals instead of comparing with them (--update will do where nothing else has that option)",
    )
    parser.addini("hotzone_site", "the site file of tests that name none, relative to this file", default="")
    parser.addini("hotzone_recordings", "folders in which recordings are found by name, relative to this file", type="linelist", default=[])


@pytest.hookimpl(trylast=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> None:
    """Take `--update`, if it is used and nobody else has it: other plug-ins and conftest files come first."""
    if "--update" in args and "--update" in parser.parse_known_and_unknown_args(args)[1]:
        parser.getgroup("hotzone").addoption("--update", dest=_OPTION, action="store_true", default=False, help="as --hotzone-update")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks; refuse to write golden journals where nobody would look at them."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    config.stash[_SESSION] = _Session(config)
    if config.getoption(_OPTION) and os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        msg = "golden journals are not written in CI (the environment variable CI is set): write them where you can look at them"
        raise pytest.UsageError(msg)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test a recording, for the fixture `journal`."""
    mark = metafunc.definition.get_closest_marker("recording")
    if mark is None or "journal" not in metafunc.fixturenames or not mark.args:
        return
    from .run import named_recordings

    session = metafunc.config.stash[_SESSION]
    try:
        found = named_recordings(mark.args, session.places(metafunc.definition.path.parent))
    except LookupError as error:
        msg = f"{metafunc.definition.name}: {error}"
        raise pytest.Collector.CollectError(msg) from None
    metafunc.parametrize("journal", list(found.values()), ids=list(found), indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test runs."""
    session = item.config.stash[_SESSION]
    session.item, session.used = item, False


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """Which golden journals were written."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    written = sorted({str(value) for report in reports for name, value in report.user_properties if name == _UPDATED})
    if written:
        terminalreporter.section("golden journals")
        for path in written:
            terminalreporter.line(f"written: {path}")


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Say what differs between two events or journals, and durations in seconds where a test uses our fixtures."""
    ours = all(type(side).__module__.startswith("hotzone.") for side in (left, right))
    if not ours and not (config.stash[_SESSION].used and type(left) is type(right) is int):
        return None
    from .comparing import explained

    return explained(op, left, right)


def _root(config: pytest.Config) -> Path:
    return config.rootpath if config.inipath is None else config.inipath.parent


def _beside(folder: Path, site: object) -> object:
    """A path counts from the folder if there is such a file, and is else left to be found or missed."""
    return folder / site if isinstance(site, str | Path) and (folder / site).exists() else site
