"""Progress bars where somebody waits and watches, and nothing where nobody does."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Bar = Callable[[int], None]
"""Is told how much is done."""


@contextmanager
def progress(what: str, total: int, *, shown: bool = True) -> Iterator[Bar]:
    """A bar on stderr while the block runs, if that is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=max(1, total))
        yield lambda done: bars.update(task, completed=done)
