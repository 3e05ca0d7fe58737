"""docs/performance.md: what is kept in `results.json`, as tables and plots. `make bench` writes it; `python -m benchmarks.page` only the page."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from hotzone.app.comparing.charts import Bar, bars

from .measured import Benchmark, Goal, Result
from .results import known
from .running import OURS
from .table import BENCHMARKS
from .words import between, number

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
PLOTS: Final = PAGE.with_suffix("")
_MARKED: Final = re.compile(r"(<!-- results -->\n).*?(<!-- end -->)", re.DOTALL)
_STYLE: Final = (
    "<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.name{text-anchor:end}.bar{fill:#54aeff}.whisker{stroke:#57606a;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#1f6feb}.whisker{stroke:#9198a1}}</style>"
)


def written(page: str, results: Mapping[str, Result]) -> str:
    """The page with the results between its marks."""
    lines = "\n".join([*goals(results), *(line for name in results for line in section(name, BENCHMARKS[name], results[name]))])
    return _MARKED.sub(lambda match: f"{match[1]}{lines}\n{match[2]}", page)


def goals(results: Mapping[str, Result]) -> Iterator[str]:
    """What is aimed at, and what was reached."""
    yield from ("", "| benchmark | aimed at | found | reached |", "|---|---|---|---|")
    for name, result in results.items():
        for goal in BENCHMARKS[name].goals:
            found = found_for(goal, result)
            verdict = "not measured" if found is None else "yes" if goal.reached(found) else "**no**"
            yield f"| [`{name}`](#{name}) | {aim(goal, result)} | {number(found)} | {verdict} |"


def found_for(goal: Goal, result: Result) -> float | None:
    """The figure that a goal is about."""
    if not goal.of:
        return result.value
    if goal.of in result.figures:
        return result.figures[goal.of].value
    return result.ratio.get(goal.of)


def aim(goal: Goal, result: Result) -> str:
    """A goal in words."""
    bound = f"{'at most' if goal.most else 'at least'} {goal.bound:,g}"
    if not goal.of:
        return f"{bound} {result.unit}"
    if goal.of in result.figures:
        return f"{goal.of}: {bound} {result.figures[goal.of].unit}"
    return f"{bound} x {goal.of}"


def section(name: str, benchmark: Benchmark, result: Result) -> Iterator[str]:
    """One benchmark."""
    yield from ("", f"## {name}", "", f"{benchmark.what}.", "")
    if result.peers:
        yield from (f"![{benchmark.unit} of hotzone and its peers](performance/{name}.svg)", "")
    yield from (f"| | {benchmark.unit} | least-most | CPU-s / million | hotzone is |", "|---|---|---|---|---|")
    yield f"| **hotzone** | {number(result.value)} | {between(result.range)} | {number(result.cpu)} | |"
    for peer, found in result.peers.items():
        times = f"{result.ratio[peer]:.2f} x" if peer in result.ratio else ""
        yield f"| {peer} | {number(found.value)} | {between(found.range)} | {number(found.cpu)} | {times} |"
    for figure, spread in result.figures.items():
        yield f"| {figure} | {number(spread.value)} {spread.unit} | {between(spread.range)} | | |"
    yield ""
    lossy = sum((result.lossy, *(peer.lossy for peer in result.peers.values())))
    yield f"{result.rounds} rounds on {result.date}, {lossy} runs lossy; load {result.load:g} at the start. {result.machine}."
    for subject, reason in result.skipped.items():
        yield f"Skipped: {subject}, {reason}."


def plots(results: Mapping[str, Result]) -> dict[str, str]:
    """By name of the file, a picture of each benchmark that has peers."""
    return {f"{name}.svg": plot(name, result) for name, result in results.items() if result.peers}


def plot(name: str, result: Result) -> str:
    """Bars from the quickest to the slowest, readable on light and on dark pages."""
    found = [(OURS, result.value, result.range), *((peer, each.value, each.range) for peer, each in result.peers.items())]
    rows = [Bar(who, value, *spread, number(value)) for who, value, spread in found if value is not None and spread is not None]
    drawn = bars(f"{name}, {result.unit}", sorted(rows, key=lambda row: -row.value))
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">", f">{_STYLE}", 1) + "\n"


def write(results: Mapping[str, Result]) -> None:
    """Page and plots."""
    PLOTS.mkdir(exist_ok=True)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    for name, text in plots(results).items():
        (PLOTS / name).write_text(text)
    PAGE.write_text(written(PAGE.read_text(), results))


if __name__ == "__main__":
    write(known())
