"""`hotzone kpi`: key figures of alarms and halls, from a recording or a journal."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from ..config.describe import plural
from ..config.durations import format_duration
from ..config.units import MINUTE, SECOND
from ..handlers.outbox import event_of
from ..pipeline import Event, Pipeline
from ..pipeline.indices import HallFigures, figures
from ..pipeline.kpi import Calls, Figure, Kpi
from ..pipeline.situation import clock
from ..sensors.frame import Frame
from ..sensors.recording import Recording, RecordingDamaged
from .errors import UserError
from .replay import fold


class Coolness(Struct, frozen=True, kw_only=True):
    """How well a hall was cooled over the time, by looks a minute apart or more."""

    hall: str
    looks: int
    mean_hi: float
    worst_hi: float
    mean_lo: float
    worst_lo: float


class Report(Struct, frozen=True, kw_only=True):
    """What the command prints."""

    alarms: Kpi
    halls: tuple[HallFigures, ...]
    """At the end; empty from a journal, which has no temperatures."""
    cooled: tuple[Coolness, ...]
    damage: str = ""
    """What of the recording cannot be read: the figures are of the time before it."""


class _Looks:
    """RCI of every hall, a look a minute."""

    def __init__(self) -> None:
        self._next = 0
        self._found: dict[str, list[tuple[float, float]]] = {}

    def take(self, pipeline: Pipeline) -> None:
        if pipeline.at < self._next:
            return
        self._next = pipeline.at + MINUTE
        for hall in figures(pipeline):
            if hall.rci is not None:
                self._found.setdefault(hall.hall, []).append((hall.rci.hi, hall.rci.lo))

    def halls(self) -> Iterator[Coolness]:
        for hall, looks in self._found.items():
            highs, lows = [hi for hi, _ in looks], [lo for _, lo in looks]
            yield Coolness(
                hall=hall,
                looks=len(looks),
                mean_hi=sum(highs) / len(looks),
                worst_hi=min(highs),
                mean_lo=sum(lows) / len(looks),
                worst_lo=min(lows),
            )


def kpi_of(path: Path, since: int | None, until: int | None, operators: int) -> Report:
    """The figures of a recording, or of a journal, from `since` up to `until`; all of it without them. Raises UserError, RecordingError."""
    if path.is_file() and path.read_bytes()[:1] == b"{":
        return _of_journal(path, since, until, operators)
    recording = Recording(path)
    first, last = recording.first_at, recording.last_at
    if first is None or last is None:
        msg = f"{path} has no frames"
        raise UserError(msg)
    begin, end = first if since is None else since, last + 1 if until is None else until
    calls, looks = Calls(), _Looks()
    folding: Pipeline | None = None
    known, damage = False, ""

    def push(pipeline: Pipeline, frames: Sequence[Frame]) -> list[Event]:
        nonlocal known
        if not known:
            calls.begin(pipeline.at or frames[0].at, pipeline.state.hall.alarms.values())
            known = True
        return pipeline.push(frames)

    try:
        for folded in fold(recording, since=None if since is None else recording.snapshot_before(since), until=end, push=push):
            calls.take(folded.events)
            if folded.pipeline.at >= begin:
                looks.take(folded.pipeline)
                folding = folded.pipeline
    except RecordingDamaged as error:
        if folding is None:
            raise
        damage, end = str(error), folding.at + 1
    halls = () if folding is None else figures(folding)
    return Report(alarms=_asked(calls, begin, end, operators), halls=halls, cooled=tuple(looks.halls()), damage=damage)


def _of_journal(path: Path, since: int | None, until: int | None, operators: int) -> Report:
    events: list[Event] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                events.append(event_of(line))
            except ValueError as error:
                msg = f"{path}, line {number}: no event of a journal: {error}"
                raise UserError(msg) from None
    calls = Calls()
    calls.begin(events[0].at)
    calls.take(events)
    begin, end = events[0].at if since is None else since, events[-1].at + 1 if until is None else until
    return Report(alarms=_asked(calls, begin, end, operators), halls=(), cooled=())


def _asked(calls: Calls, since: int, until: int, operators: int) -> Kpi:
    try:
        return calls.kpi(since, until, operators)
    except ValueError as error:
        raise UserError(str(error)) from None


def told(report: Report) -> Iterator[str]:
    """The report for people, line by line."""
    alarms = report.alarms
    length = format_duration((alarms.until - alarms.since) // SECOND * SECOND)
    shared = f", {alarms.operators} operators" if alarms.operators > 1 else ""
    yield f"{clock(alarms.since)} to {clock(alarms.until)} ({length}){shared}: {plural(alarms.annunciated, 'alarm')} called."
    yield ""
    yield from _table([("", "is", "", "target", "")] + [_row(one) for one in alarms.figures])
    yield ""
    aside = ", ".join(f"{count} {state}" for state, count in sorted(alarms.aside.items())) or "none put aside"
    yield f"At the end {plural(alarms.standing, 'alarm')} stood; {aside}; {plural(alarms.refused, 'action')} of operators refused."
    for flood in alarms.floods:
        yield f"Flood {clock(flood.begin)} to {clock(flood.end)}: {flood.alarms} alarms, at most {flood.peak} in 10 minutes."
    for one in alarms.top:
        yield f"  {one.count:>6}  {one.share * 100:5.1f} %  {one.name}"
    for name, found in (("Chattering", alarms.chattering), ("Fleeting", alarms.fleeting), ("Stale", alarms.stale)):
        if found:
            yield f"{name}: {', '.join(found)}"
    for cooled in report.cooled:
        yield ""
        yield (
            f"Hall {cooled.hall}, {plural(cooled.looks, 'look')}: RCI-HI mean {cooled.mean_hi:.1f} worst {cooled.worst_hi:.1f}, "
            f"RCI-LO mean {cooled.mean_lo:.1f} worst {cooled.worst_lo:.1f}."
        )
    for hall in report.halls:
        yield from _hall(hall)


def _hall(hall: HallFigures) -> Iterator[str]:
    parts = []
    if hall.rci is not None:
        star = "*" if hall.rci.outside else ""
        parts.append(f"RCI-HI {hall.rci.hi:.1f}{star}, RCI-LO {hall.rci.lo:.1f}{star} ({hall.rci.rating}, class {hall.ashrae})")
    parts += [
        f"{name} {value:.{places}f}"
        for name, value, places in (("RTI", hall.rti, 1), ("SHI", hall.shi, 3), ("RHI", hall.rhi, 3))
        if value is not None
    ]
    yield f"Hall {hall.hall} at the end: {', '.join(parts) or 'no thermometer that can be believed'}."
    classes: dict[str, int] = {}
    for rack in hall.racks:
        classes[rack.ashrae] = classes.get(rack.ashrae, 0) + 1
    if classes:
        yield f"  racks by class: {', '.join(f'{name} {count}' for name, count in sorted(classes.items()))}"
    for rack in [one for one in hall.racks if one.fast][:10]:
        yield f"  {rack.zone}/{rack.rack}: {rack.rise:+.0f} K an hour"


def _row(one: Figure) -> tuple[str, ...]:
    value = "-" if one.value is None else f"{one.value:.2f}".rstrip("0").rstrip(".")
    return one.name, value, one.unit, one.target, {True: "", False: "beyond", None: ""}[one.good]


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    known = list(rows)
    widths = [max(len(row[column]) for row in known) for column in range(5)]
    for row in known:
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), *(row[column].ljust(widths[column]) for column in (2, 3)), row[4]]
        yield "  ".join(cells).rstrip()
