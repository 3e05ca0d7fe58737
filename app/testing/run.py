"""What a test runs: a recording, a timeline in text or a simulated hall, each to its journal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from msgspec import structs

from ...config.durations import parse_duration
from ...config.model import ControlMode, Site
from ...pipeline import Event, Pipeline, Rejected
from ...sensors.frame import Frame
from ...sensors.hall import Fault
from ...sensors.recording import Recording
from ..errors import NoSite
from ..halls import halls_of
from ..lockstep import EPOCH as HALL_EPOCH
from ..lockstep import Lockstep, Step
from ..replay import Push, fold
from ..version import version
from .given import make_ready
from .golden import Shelf
from .handling import MOST_ANSWERS, FeedsItself, Handling
from .journal import Journal, Outcome
from .places import Places
from .timeline import EPOCH, frames_of, is_timeline, parse, site_of

OWN: Final = "(its own)"
"""As `site=`: the recording's own site, or the one made up from a timeline's names, whatever the project's default is."""

Where = str | Path | Site


class Replay(Protocol):
    """The type of `replay`, for annotations of the fixture."""

    def __call__(self, source: str | Path, /, *, site: Where | None = None, handlers: Iterable[object] = ()) -> Journal:
        """As the function `replay`."""


class Simulate(Protocol):
    """The type of `simulate`, for annotations of the fixture."""

    def __call__(
        self,
        site: Where | None = None,
        *,
        for_: str | int = "10m",
        faults: Iterable[str | Fault] | None = None,
        seed: int | None = None,
        control: str | None = None,
        handlers: Iterable[object] = (),
    ) -> Journal:
        """As the function `simulate`."""


class Defaults(NamedTuple):
    """What holds for a test that does not say otherwise."""

    places: Places = Places()
    site: Where | None = None
    handlers: Sequence[object] = ()
    shelf: Shelf | None = None


PLAIN: Final = Defaults()
"""Where no test runs: paths count from the working directory."""


def replay(source: str | Path, /, *, site: Where | None = None, handlers: Iterable[object] = (), defaults: Defaults = PLAIN) -> Journal:
    """Fold `source` and return its journal: the text of a timeline, or the path of a recording.

    Args:
        source: A text that begins with a time is a timeline.
        site: Stands in for the recording's own site, or for the one that is made up from a timeline's names: a `Site`, the path of a site
            file, or the name of one that ships with hotzone.
        handlers: Who takes part, see `docs/testing.md`. Those of the site file do not: a replay touches nothing.
        defaults: The fixture's business.

    Raises:
        TimelineError, ConfigError, NotARecording, RecordingDamaged, NoSite, NotThere: The source or the site is not to be used.
        HandlerUnusable: One of the handlers is not.
        And what handlers raise, with a note of the event.
    """
    __tracebackhide__ = True
    where = _site(site, defaults)
    given = (*defaults.handlers, *handlers)
    if isinstance(source, str) and is_timeline(source):
        script = parse(source)
        made = where or site_of(script)
        return _folded(_timeline(frames_of(script, made), made), EPOCH, given, defaults)
    recording = Recording(defaults.places.recording(source) if defaults is not PLAIN else source)
    if where is not None and where.source and {one.site_source for one in recording.segments} == {where.source}:
        where = None  # it is the very site that was recorded, so the loop is closed
    return _folded(_recording(recording, where), recording.first_at or 0, given, defaults)


def simulate(
    site: Where | None = None,
    *,
    for_: str | int = "10m",
    faults: Iterable[str | Fault] | None = None,
    seed: int | None = None,
    control: str | None = None,
    handlers: Iterable[object] = (),
    defaults: Defaults = PLAIN,
) -> Journal:
    """Run a simulated hall and the pipeline in lockstep, in this process, and return the journal: that of `hotzone simulate`.

    Args:
        site: As for `replay`; without it, the test's default, or `demo`.
        for_: How long, in hall time: `"20m"`, or ns.
        faults: What happens, as on the command line: `crac-failure:crac-1@5m`. Without it, what the site file says.
        seed: Of the hall's noise. Without it, what the site file says. The same seed gives the same journal.
        control: `on`, `advise` or `off` for every unit, whatever the site file says: what would happen if hotzone were let?
        handlers: As for `replay`.
        defaults: The fixture's business.

    Raises:
        ConfigError, NotThere, FaultError, HandlerUnusable, and what handlers raise, with a note of the event.
    """
    __tracebackhide__ = True
    where = _site(site, defaults) or defaults.places.site("demo")
    if control is not None:
        where = _controlled(where, ControlMode(control))
    wanted = where.simulation.faults if faults is None else faults
    parsed = [Fault.parse(fault) if isinstance(fault, str) else fault for fault in wanted]
    halls = halls_of(where, HALL_EPOCH, where.simulation.seed if seed is None else seed, parsed)
    duration = parse_duration(for_) if isinstance(for_, str) else for_
    rejected: list[Rejected] = []
    lockstep = Lockstep(where, halls, version=version(), rejected=rejected.extend)
    events: list[Event] = []
    with ExitStack() as stack:
        cast = _cast((*defaults.handlers, *handlers), where, HALL_EPOCH, defaults, stack)
        for step in lockstep.steps(duration):
            events += step.events if cast is None else _answered(lockstep, step, cast)
    outcome = _outcome(rejected, cast)._replace(truths={hall.hall.id: hall.truth() for hall in halls})
    return Journal(events, HALL_EPOCH, outcome, sites=[where], shelf=defaults.shelf)


def _answered(lockstep: Lockstep, step: Step, cast: Handling) -> list[Event]:
    """The events of a step and those that come of what handlers then ask for."""
    __tracebackhide__ = True
    events = list(step.events)
    cast.tell(events, lockstep.pipeline.at)
    for _ in range(MOST_ANSWERS):
        asked = cast.take_requests()
        if not asked or (events and events[-1].type == "run.ended"):
            return events
        new = lockstep.log_own(asked).events
        cast.tell(new, lockstep.pipeline.at)
        events += new
    raise FeedsItself(cast.requests[-1].handler)


Folding = Iterator[tuple[Pipeline, Sequence[Event]]]
Source = Callable[[Push], Folding]
"""Given how to fold frames, folds them."""


def _folded(source: Source, start: int, handlers: Sequence[object], defaults: Defaults) -> Journal:
    __tracebackhide__ = True
    events: list[Event] = []
    rejected: list[Rejected] = []
    sites: list[Site] = []
    cast: Handling | None = None
    with ExitStack() as stack:

        def push(pipeline: Pipeline, frames: Sequence[Frame]) -> list[Event]:
            nonlocal cast
            __tracebackhide__ = True
            if not sites or sites[-1] is not pipeline.site:
                sites.append(pipeline.site)
            if handlers and cast is None:
                cast = _cast(handlers, pipeline.site, start, defaults, stack)
            return pipeline.push(frames) if cast is None else cast.push(pipeline, frames)

        for pipeline, new in source(push):
            events += new
            rejected += pipeline.take_rejected()
    return Journal(events, start, _outcome(rejected, cast), sites=sites, shelf=defaults.shelf)


def _timeline(frames: Sequence[Frame], site: Site) -> Source:
    def source(push: Push) -> Folding:
        __tracebackhide__ = True
        pipeline = Pipeline(site)
        yield pipeline, push(pipeline, frames)

    return source


def _recording(recording: Recording, site: Site | None) -> Source:
    def source(push: Push) -> Folding:
        __tracebackhide__ = True
        try:
            for folded in fold(recording, site, push=push):
                yield folded.pipeline, folded.events
        except NoSite as error:
            error.add_note("In a test: replay(..., site=...)")
            raise

    return source


def _cast(handlers: Sequence[object], site: Site, start: int, defaults: Defaults, stack: ExitStack) -> Handling | None:
    __tracebackhide__ = True
    if not handlers:
        return None
    found, observers = make_ready(handlers, site, defaults.places)
    return stack.enter_context(Handling(found, observers, site, start))


def _outcome(rejected: Sequence[Rejected], cast: Handling | None) -> Outcome:
    if cast is None:
        return Outcome(tuple(rejected))
    return Outcome(tuple(rejected), cast.told, tuple(cast.requests), cast.commands)


def _site(given: Where | None, defaults: Defaults) -> Site | None:
    __tracebackhide__ = True
    where = defaults.site if given is None else given
    if where is None or isinstance(where, Site):
        return where
    return None if where == OWN else defaults.places.site(where)


def _controlled(site: Site, control: ControlMode) -> Site:
    return structs.replace(
        site,
        halls=tuple(
            structs.replace(hall, units=tuple(structs.replace(unit, control=control) for unit in hall.units)) for hall in site.halls
        ),
    )


def named_recordings(names: Iterable[object], places: Places) -> dict[str, str]:
    """By what a test is called after, the recordings of these names and patterns, and timelines as they are. Raises NotThere."""
    found: dict[str, str] = {}
    for name in map(str, names):
        if is_timeline(name):
            words = " ".join(name.split())
            found[words if len(words) <= _WORDS else f"{words[:_WORDS]}..."] = name
        elif any(mark in name for mark in "*?["):
            found |= {path.name: str(path) for path in places.matching(name)}
        else:
            found[Path(name).name] = str(places.recording(name))
    return found


_WORDS: Final = 40
