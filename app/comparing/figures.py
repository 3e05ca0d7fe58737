"""The figures of a comparison, as rows: what each is, where it comes from, how it is written."""

from collections.abc import Callable
from typing import Final, NamedTuple

from ...pipeline.styles import Style
from .job import Outcome, Scene
from .measure import Comparison, Spread, lines_of, spread_of

BEARABLE: Final = 2.0
"""A style bears a slow handler when its p99 stays below so many times the undisturbed one."""


_QUIET: Final = 0.3
"""A machine is quiet enough while others keep no more of its cores busy."""


class Figure(NamedTuple):
    """One row. `meaning` is for a reader who has never seen the project."""

    scene: Scene
    name: str
    unit: str
    of: Callable[[Outcome], float | None]
    digits: int
    meaning: str
    high: bool = False
    """Whether more is better."""


def _latency(pick: Callable[[Outcome], float]) -> Callable[[Outcome], float | None]:
    return lambda outcome: None if outcome.latency is None else pick(outcome)


_P50 = _latency(lambda outcome: outcome.latency.p50 if outcome.latency else 0.0)
_P99 = _latency(lambda outcome: outcome.latency.p99 if outcome.latency else 0.0)
_MAX = _latency(lambda outcome: outcome.latency.worst if outcome.latency else 0.0)

FIGURES: Final = (
    Figure(
        Scene.BROKER, "throughput through the broker", "thousand readings/s", lambda one: one.frames / one.seconds / 1000, 1,
        "Readings a second through the broker at QoS 1, each on the disk before it is acknowledged.", high=True,
    ),
    Figure(
        Scene.BROKER, "CPU with session and disk", "s per million", lambda one: one.cpu / one.frames * 1e6, 2,
        "CPU seconds for a million readings, the session and the recording included.",
    ),
    Figure(Scene.BROKER, "memory beside a broker", "MiB", lambda one: one.memory, 1, "Most memory above what was held before the first reading."),
    Figure(Scene.BROKER, "threads beside a broker", "", lambda one: one.threads, 0, "Threads at the same time, those for session and disk included."),
    Figure(Scene.BROKER, "lost through the broker", "", lambda one: one.lost, 0, "Published, acknowledged, and never folded."),
    Figure(
        Scene.FLAT_OUT, "throughput", "thousand readings/s", lambda one: one.frames / one.seconds / 1000, 0,
        "Readings folded a second when the source never waits. Nothing is dropped: a full queue makes the source wait.", high=True,
    ),
    Figure(
        Scene.FLAT_OUT, "CPU", "s per million", lambda one: one.cpu / one.frames * 1e6, 2,
        "CPU seconds of all threads for a million readings: what the machine pays, whoever works.",
    ),
    Figure(Scene.FLAT_OUT, "memory", "MiB", lambda one: one.memory, 1, "Most memory above what the process held before the first reading."),
    Figure(Scene.FLAT_OUT, "threads", "", lambda one: one.threads, 0, "Threads at the same time, the main one included."),
    Figure(Scene.FLAT_OUT, "switches", "per 1,000", lambda one: one.switches / one.frames * 1000, 1, "Context switches for a thousand readings."),
    Figure(Scene.PACED, "latency, median", "ms", _P50, 1, "From the moment a reading is there to its event in the journal, at the common pace."),
    Figure(Scene.PACED, "latency, p99", "ms", _P99, 1, "One reading in a hundred waits longer."),
    Figure(Scene.PACED, "latency, worst", "ms", _MAX, 1, "The longest that any reading waited."),
    Figure(Scene.SLOW, "p99 beside a slow handler", "ms", _P99, 1, "The same while a plain handler sleeps 200 ms twice a second."),
    Figure(Scene.SLOW_ASYNC, "p99 beside a slow async handler", "ms", _P99, 1, "The same while an async handler awaits 200 ms twice a second."),
    Figure(Scene.RAISING, "p99 beside a raising handler", "ms", _P99, 1, "The same while a handler raises twice a second."),
    Figure(Scene.RAISING, "failures caught", "", lambda one: one.failed, 0, "What the handler raised, counted; the stream went on each time."),
    Figure(Scene.BURST, "worst after 10,000 at once", "ms", _MAX, 0, "How long the last reading of a burst waits: the time to catch up."),
    Figure(Scene.STOP, "time to stop", "ms", lambda one: None if one.stop is None else one.stop * 1000, 1, "From being told to stop to having told everything that was taken."),
    Figure(Scene.STOP, "lost by the stop", "", lambda one: one.lost, 0, "Taken from the source and never told."),
    Figure(Scene.STOP, "left behind", "", lambda one: len(one.leaked), 0, "Threads, tasks and files that were not there before."),
)  # fmt: skip


def written(figure: Figure, spread: Spread | None) -> str:
    """Median, with least and most behind it where they differ."""
    middle, extremes = parts(figure, spread)
    return f"{middle} ({extremes})" if extremes else middle


def parts(figure: Figure, spread: Spread | None) -> tuple[str, str]:
    """The median, and the least and the most; nothing where they are the same."""
    if spread is None:
        return "-", ""
    middle, least, most = (f"{value:,.{figure.digits}f}" for value in (spread.middle, spread.least, spread.most))
    return middle, "" if least == most else f"{least}-{most}"


def slowdowns(comparison: Comparison) -> dict[Style, Spread]:
    """How many times its undisturbed p99 of the same round each style takes beside a slow handler, plain or async, whichever is worse."""
    found: dict[Style, Spread] = {}
    for style in comparison.styles:
        quiet = {outcome.round: _P99(outcome) for outcome in comparison.of(style, Scene.PACED)}
        ratios = [
            [late / before for outcome in comparison.of(style, scene) if (late := _P99(outcome)) and (before := quiet.get(outcome.round))]
            for scene in (Scene.SLOW, Scene.SLOW_ASYNC)
        ]
        if any(ratios):
            found[style] = max(map(spread_of, filter(None, ratios)), key=lambda spread: spread.middle)
    return found


def disturbed(comparison: Comparison) -> str:
    """What to say of those who had the machine meanwhile; nothing if it was quiet. A broker belongs to what was measured."""
    if comparison.broker is not None or comparison.others <= _QUIET:
        return ""
    return f"Other programs kept {comparison.others:.1f} cores busy meanwhile: measure again when they do not."


def times(ratio: float) -> str:
    """A ratio, in digits that mean something."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


def losses(comparison: Comparison, style: Style) -> int:
    """Markers that a style took and never told, in all scenes."""
    return sum(outcome.lost for outcome in comparison.outcomes if outcome.style is style)


def sound(comparison: Comparison) -> bool:
    """Whether nothing that was taken was lost, and all styles wrote the same journals."""
    return not comparison.differing and not any(losses(comparison, style) for style in comparison.styles)


def wiring(comparison: Comparison) -> dict[Style, int]:
    """Lines of code of each style's file."""
    return {style: lines_of(style) for style in comparison.styles}


def measured(comparison: Comparison) -> list[Figure]:
    """The figures whose scene was run."""
    scenes = {outcome.scene for outcome in comparison.outcomes}
    return [figure for figure in FIGURES if figure.scene in scenes]
