"""The comparison in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from .figures import disturbed, losses, measured, slowdowns, times, wiring, written
from .measure import Comparison


def table(comparison: Comparison) -> Iterator[str]:
    """The lines to print: what was run, the figures, and what did not go as it should."""
    yield (
        f"{comparison.recording}, site {comparison.site}: {comparison.readings:,} readings {_how(comparison)}; "
        f"{comparison.rounds} round{'' if comparison.rounds == 1 else 's'}, interleaved, each run in a fresh process"
    )
    yield f"{comparison.machine}; hotzone {comparison.version}"
    if told := disturbed(comparison):
        yield told
    yield ""
    rows = Table(box=None, pad_edge=False, show_edge=False)
    rows.add_column("median (least-most)", no_wrap=True)
    for style in comparison.styles:
        rows.add_column(style.value, justify="right", no_wrap=True)
    for figure in measured(comparison):
        name = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
        spreads = (comparison.spread(style, figure.scene, figure.of) for style in comparison.styles)
        rows.add_row(name, *(written(figure, spread) for spread in spreads))
    lines = wiring(comparison)
    rows.add_row("lines of wiring", *(f"{lines[style]}" for style in comparison.styles))
    console = Console(width=200, highlight=False)
    with console.capture() as captured:
        console.print(rows)
    yield from (line.rstrip() for line in captured.get().splitlines())
    yield ""
    if slow := slowdowns(comparison):
        yield "p99 beside a slow handler to p99 without: " + ", ".join(f"{style} {times(ratio.middle)}" for style, ratio in slow.items())
    lost = {style.value: count for style in comparison.styles if (count := losses(comparison, style))}
    yield "LOST: " + ", ".join(f"{style} {count}" for style, count in lost.items()) if lost else "Nothing that was taken was lost."
    if comparison.differing:
        yield f"THE JOURNALS DIFFER: {', '.join(comparison.differing)}"
    else:
        yield "All styles wrote the same journals, byte for byte."


def _how(comparison: Comparison) -> str:
    return f"through {comparison.broker}" if comparison.broker else f"flat out, then {comparison.rate:,.0f} a second"
