"""`make bench`: measure, print, and keep what was found.

make bench                                        everything, into benchmarks/results.json and docs/performance.md
make bench ONLY="e2e-qos0 latency"                some
make bench ONLY=e2e-qos0 ARGS="--rounds 3 --subjects hotzone mosquitto_sub"         kept only if nobody is left out
make bench-smoke                                  whether all of it still works; nothing is kept, no time is judged
"""

import argparse
import os
import sys

from msgspec import structs
from rich.console import Console
from rich.table import Table

from . import page
from .measured import Benchmark, Result
from .processes import LOAD
from .results import keep
from .running import measured
from .scale import FULL, SMOKE, Scale
from .table import BENCHMARKS
from .words import between, number


def main() -> int:
    """Measure; 1 if something that was to be measured could not be."""
    options = asked()
    os.sched_setaffinity(0, LOAD)
    scale = scaled(options)
    found = {}
    for name in options.only or [name for name, one in BENCHMARKS.items() if one.quick or not options.smoke]:
        found[name] = measured(name, BENCHMARKS[name], scale, options.subjects)
        Console().print(shown(name, BENCHMARKS[name], found[name]))
    if options.smoke or options.subjects or options.dry:
        return int(any(result.value is None and result.rounds for result in found.values()))
    page.write(keep(found, BENCHMARKS))
    return int(any(result.value is None for result in found.values()))


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(BENCHMARKS), default=[], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--subjects", nargs="+", default=[], metavar="NAME", help="only these; nothing is kept")
    parser.add_argument("--smoke", action="store_true", help="as little as possible of each; nothing is kept")
    parser.add_argument("--dry", action="store_true", help="keep nothing")
    for field in structs.fields(Scale):
        if isinstance(field.default, int | float):
            parser.add_argument(f"--{field.name}", type=type(field.default), help=f"{FULL_OF[field.name]:,} unless given")
    return parser.parse_args()


FULL_OF = structs.asdict(FULL)


def scaled(options: argparse.Namespace) -> Scale:
    """How much, as asked."""
    given = {name: value for name in FULL_OF if (value := getattr(options, name, None)) is not None}
    return structs.replace(SMOKE if options.smoke else FULL, **given)


def shown(name: str, benchmark: Benchmark, result: Result) -> Table:
    """A table of one benchmark."""
    table = Table(title=f"{name}: {benchmark.what}", title_justify="left")
    for column in ("", benchmark.unit, "least-most", "CPU-s/million", "lossy", "hotzone is"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("hotzone", number(result.value), between(result.range), number(result.cpu), str(result.lossy), "")
    for peer, found in result.peers.items():
        times = f"{result.ratio[peer]:.2f} x" if peer in result.ratio else ""
        table.add_row(peer, number(found.value), between(found.range), number(found.cpu), str(found.lossy), times)
    for figure, spread in result.figures.items():
        table.add_row(figure, f"{number(spread.value)} {spread.unit}", between(spread.range))
    for subject, reason in result.skipped.items():
        table.add_row(subject, f"skipped: {reason}")
    return table


if __name__ == "__main__":
    sys.exit(main())
