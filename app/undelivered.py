"""What handlers have not taken: looked at, tried again, or given up, while a run goes on or not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, json

from ..config.problems import nearest
from ..handlers.outbox import Outbox, OutboxUnwritable, Row
from .errors import RunFailed, UserError
from .state_file import state_path

_REASON: Final = 100


def summary(recording: Path) -> Iterator[str]:
    """How many events wait for each handler, how many it would not take, and why. Raises UserError, RunFailed."""
    with _opened(recording) as outbox:
        counts, rows = outbox.counts(), outbox.rows()
    if not rows:
        yield "nothing waits, and there are no dead letters"
        return
    for handler in sorted({handler for handler, _ in counts}):
        yield f"{handler}: {counts.get((handler, 'waiting'), 0):,} waiting, {counts.get((handler, 'dead'), 0):,} dead"
        reasons = Counter(row.reason[:_REASON] for row in rows if row.handler == handler and row.state == "dead")
        yield from (f"  {count:,} times: {ascii(reason)[1:-1]}" for reason, count in reasons.most_common(3))


def listed(recording: Path, handler: str | None, *, waiting: bool) -> Iterator[str]:
    """Each row: state, handler, event, reason. Raises UserError, RunFailed."""
    with _opened(recording) as outbox:
        rows = _chosen(outbox.rows(), (), handler)
    for row in rows:
        if (row.state == "waiting") == waiting:
            yield f"{row.handler} {ascii(row.id)[1:-1]}" + (f"  {ascii(row.reason[:_REASON])[1:-1]}" if row.reason else "")


def told(recording: Path, event: str) -> Iterator[str]:
    """Everything about one event: who has not taken it and why, and the event itself. Raises UserError, RunFailed."""
    with _opened(recording) as outbox:
        rows = _chosen(outbox.rows(), (event,), None)
    yield from (f"{row.handler}: {row.state}" + (f", {ascii(row.reason)[1:-1]}" if row.reason else "") for row in rows)
    try:
        yield json.format(rows[0].line, indent=2).decode()
    except (MsgspecError, UnicodeDecodeError):
        yield ascii(rows[0].line)


def again(recording: Path, events: Sequence[str], handler: str | None) -> int:
    """Let dead letters wait again; how many. Without events: all, of the handler if one is named. Raises UserError, RunFailed."""
    with _opened(recording) as outbox:
        rows = [row for row in _chosen(outbox.rows(), events, handler) if row.state == "dead"]
        outbox.again(rows)
    return len(rows)


def forgotten(recording: Path, events: Sequence[str], handler: str | None) -> int:
    """Give rows up; how many. Needs events or a handler. Raises UserError, RunFailed."""
    if not events and handler is None:
        msg = "say what to forget: event ids, or --handler NAME for everything that waits for it and its dead letters"
        raise UserError(msg)
    with _opened(recording) as outbox:
        rows = _chosen(outbox.rows(), events, handler)
        outbox.forget(rows)
    return len(rows)


@contextmanager
def _opened(recording: Path) -> Iterator[Outbox]:
    path = state_path(recording)
    if not path.is_file():
        msg = f"{path}: there is none; the outbox is beside the recording of a run, as RECORDING.state.db"
        raise UserError(msg)
    try:
        outbox = Outbox(path, {})
        try:
            yield outbox
        finally:
            outbox.close()
    except OutboxUnwritable as error:
        msg = f"{path}: {error}"
        raise RunFailed(msg) from error


def _chosen(rows: Sequence[Row], events: Sequence[str], handler: str | None) -> list[Row]:
    handlers = {name for row in rows for name in (row.handler, _whole(row.handler))}
    for wanted, known, what in (
        (events, {row.id for row in rows}, "event"),
        (() if handler is None else (handler,), handlers, "handler"),
    ):
        for one in wanted:
            if one not in known:
                close = nearest(one, known)
                hint = f"; did you mean {close}?" if close else ""
                msg = f"nothing waits and no dead letter is kept of {what} {one!r}{hint}"
                raise UserError(msg)
    return [row for row in rows if (not events or row.id in events) and handler in {None, row.handler, _whole(row.handler)}]


def _whole(handler: str) -> str:
    """The handler that a receiver belongs to."""
    return handler.partition("/")[0]
