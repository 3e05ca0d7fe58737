"""The report: one HTML file that needs nothing else, for a reader who has never seen the project."""

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final

from ...pipeline.styles import Style
from .charts import Bar, bars
from .figures import BEARABLE, Figure, disturbed, losses, measured, parts, slowdowns, times, wiring, written
from .job import Scene
from .measure import Comparison

STYLES: Final = {
    Style.RX: "The flow is one expression of reactivex operators, and a batch runs through all of them before the next one begins. "
    "One thread does the work; handlers are observed on another.",
    Style.ASYNCIO: "Tasks on one event loop, with bounded queues between them: a full queue makes the task before it wait. One thread, so no two "
    "tasks ever run at the same time; an async handler is just another task, a plain one is given to a pool of threads.",
    Style.THREADS: "A reader, workers that own some zones each, and a merger, with bounded queues between them. The threads wait well for each "
    "other; Python's global lock lets only one of them compute at a time.",
    Style.CALLBACKS: "The next stage is called directly, and the handler too. Nothing could be simpler or need less; and whoever is slow stops everything.",
}
"""What each style is, in words."""

CHARTS: Final = (
    ("throughput through the broker", False),
    ("CPU with session and disk", False),
    ("throughput", False),
    ("CPU", False),
    ("latency, p99", True),
    ("p99 beside a slow handler", True),
    ("p99 beside a slow async handler", True),
    ("worst after 10,000 at once", False),
    ("switches", True),
)
"""Figures that are drawn, and whether on a logarithmic scale."""


def report(comparison: Comparison) -> str:
    """The whole page."""
    style = files(__package__).joinpath("report.css").read_text("utf-8")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>hotzone: four styles of concurrency, one job</title>\n<style>\n{style}</style></head>\n<body>",
            *_body(comparison),
            "</body>\n</html>\n",
        ]
    )


def _body(comparison: Comparison) -> Iterator[str]:
    yield "<h1>Four styles of concurrency, one job</h1>"
    yield (
        "<p>hotzone watches the temperature of a datacenter. Readings of thermometers come in; zones that get hot are found; alarms and cooling "
        "follow. The rules are written once, as plain functions without clock, thread or loop. What carries the readings from one to the next is written "
        "four times, each in the way in which its community would. This page compares these four.</p>"
    )
    yield "<dl>"
    for style in comparison.styles:
        yield f"<dt>{style}</dt><dd>{STYLES[style]}</dd>"
    yield "</dl>"
    yield "<h2>What was run</h2>"
    yield (
        f"<p>The recording <code>{escape(comparison.recording)}</code> of the site <code>{escape(comparison.site)}</code>, in parts of "
        f"{comparison.readings:,} readings, {comparison.rounds} rounds at {comparison.rounds} places of it. Every run is a process of its own; the styles take turns, "
        f"and who begins changes with each round. {_how(comparison)} Figures are medians, with the least and the most behind them.</p><p>Machine: {escape(comparison.machine)}; "
        f"hotzone {escape(comparison.version)}. On another machine the figures are others; what they say of each other mostly is not.</p>"
    )
    yield from _verdicts(comparison)
    yield "<h2>Where each style wins, and where it loses</h2><ul>"
    yield from (f"<li><b>{style}</b>: {_standing(comparison, style)}</li>" for style in comparison.styles)
    told = [figure for figure in measured(comparison) if figure.unit]
    close = [figure.name for figure in told if _outlier(comparison, figure, high=True) is _outlier(comparison, figure, high=False) is None]
    yield "</ul>" + (
        f"<p>Too close to call, for the rounds differ by more than the styles: {escape('; '.join(close))}.</p>" if close else ""
    )
    figures = {figure.name: figure for figure in measured(comparison)}
    for name, logarithmic in CHARTS:
        if name in figures:
            yield from _chart(comparison, figures[name], logarithmic=logarithmic)
    yield from _why()
    yield "<h2>Every figure</h2>"
    yield from _table(comparison)


def _how(comparison: Comparison) -> str:
    if comparison.broker:
        return "Every reading goes through a broker at QoS 1, and is on the disk before it is acknowledged; as fast as that goes."
    return f"First flat out; then at {comparison.rate:,.0f} readings a second, which is 40 % of what the slowest of them can do."


def _verdicts(comparison: Comparison) -> Iterator[str]:
    if told := disturbed(comparison):
        yield f'<p class="bad">{told}</p>'
    if comparison.differing:
        yield f'<p class="bad">The styles wrote different journals: {escape(", ".join(comparison.differing))}.</p>'
    else:
        yield '<p class="good">From the same readings all styles wrote the same journal, byte for byte, in every run.</p>'
    lost = [f"{style} lost {count}" for style in comparison.styles if (count := losses(comparison, style))]
    yield f'<p class="bad">{"; ".join(lost)}.</p>' if lost else '<p class="good">No style lost anything that it had taken.</p>'
    yield from _slowdowns(comparison)


def _slowdowns(comparison: Comparison) -> Iterator[str]:
    """Who bears a slow handler: by the median; who does not: by every round."""
    slow, beside = slowdowns(comparison), "Beside a handler that takes 200 ms, p99"
    if bearing := [style for style, ratio in slow.items() if ratio.middle <= BEARABLE]:
        yield f'<p class="good">{beside} stays below twice the undisturbed one: {", ".join(bearing)}.</p>'
    for style, ratio in slow.items():
        if ratio.least > BEARABLE:
            yield f'<p class="bad">{beside} is {times(ratio.middle)} the undisturbed one: {style}.</p>'
    if unclear := [style for style, ratio in slow.items() if ratio.least <= BEARABLE < ratio.middle]:
        yield f"<p>{beside} differs too much from round to round to say: {', '.join(unclear)}.</p>"


def _standing(comparison: Comparison, style: Style) -> str:
    said = [] if wiring(comparison)[style] > min(wiring(comparison).values()) else [f"fewest lines ({wiring(comparison)[style]})"]
    for best in (True, False):
        for figure in measured(comparison):
            found = _outlier(comparison, figure, high=figure.high is best) if figure.unit else None
            if found is not None and found[0] is style:
                said.append(f"{figure.name} ({times(found[1])} {'better than the next' if best else '<b>worse</b> than the next'})")
    return "; ".join(said) if said else "neither first nor last beyond doubt in any of these figures"


def _outlier(comparison: Comparison, figure: Figure, *, high: bool) -> tuple[Style, float] | None:
    """The style with the highest or the lowest figure and how far it is from the next; None where that could be chance: their rounds overlap."""
    spreads = {style: spread for style in comparison.styles if (spread := comparison.spread(style, figure.scene, figure.of)) is not None}
    if len(spreads) < 2:
        return None
    first, second, *_ = sorted(spreads, key=lambda style: spreads[style].middle, reverse=high)
    upper, lower = (spreads[first], spreads[second]) if high else (spreads[second], spreads[first])
    return (first, upper.middle / max(lower.middle, 1e-9)) if lower.most < upper.least else None


def _chart(comparison: Comparison, figure: Figure, *, logarithmic: bool) -> Iterator[str]:
    rows = [
        Bar(style, spread.middle, spread.least, spread.most, written(figure, spread))
        for style in comparison.styles
        if (spread := comparison.spread(style, figure.scene, figure.of)) is not None
    ]
    if not rows:
        return
    better = "longer is better" if figure.high else "shorter is better"
    scale = ", logarithmic scale" if logarithmic else ""
    title = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
    yield f"<figure><figcaption><b>{escape(title)}</b> ({better}{scale}). {escape(figure.meaning)}</figcaption>"
    yield bars(title, rows, logarithmic=logarithmic) + "</figure>"


def _why() -> Iterator[str]:
    yield "<h2>Why it comes out like this</h2>"
    yield (
        "<p><b>Threads and tasks are for waiting.</b> Ten slow answers take as long as one when they are waited for at once; "
        "<code>hotzone learn 1</code> shows it. A slow handler is such a wait: the styles that can wait beside their work hardly notice it, and "
        "<i>callbacks</i>, which has nobody else to wait, stands still for as long as the handler takes.</p>"
        "<p><b>They are not for computing.</b> The stages compute, and in this Python one thread computes at a time. Threads then only add the cost of "
        "handing work over: <code>hotzone learn 2</code> shows it with prime factors, and that processes do help. "
        "<code>hotzone replay --jobs 2</code> does the same for a recording, zone by zone.</p>"
        "<p><b>The lock is Python's, not nature's.</b> <code>hotzone learn 20</code> measures it, and says what a Python without it changes.</p>"
        "<p><b>Handing over has a price</b>, which the context switches count; with batches it is paid once for hundreds of readings. "
        "So the styles are closer to each other here than they would be with one reading at a time.</p>"
    )


def _table(comparison: Comparison) -> Iterator[str]:
    yield "<table><thead><tr><th>median (least-most)</th>"
    yield "".join(f"<th>{style}</th>" for style in comparison.styles) + "<th>what it is</th></tr></thead><tbody>"
    scene: Scene | None = None
    for figure in measured(comparison):
        if figure.scene is not scene:
            scene = figure.scene
            yield f'<tr class="scene"><td colspan="{len(comparison.styles) + 2}">{scene}</td></tr>'
        spreads = (comparison.spread(style, figure.scene, figure.of) for style in comparison.styles)
        cells = "".join(f"<td>{middle}<small>{extremes}</small></td>" for middle, extremes in (parts(figure, spread) for spread in spreads))
        name = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
        yield f"<tr><th>{escape(name)}</th>{cells}<td>{escape(figure.meaning)}</td></tr>"
    lines = wiring(comparison)
    cells = "".join(f"<td>{lines[style]}</td>" for style in comparison.styles)
    yield f"<tr><th>lines of wiring</th>{cells}<td>Lines of code of the style's file; the stages are the same and not counted.</td></tr></tbody></table>"
