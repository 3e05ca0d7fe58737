"""Logs: JSON lines to stderr, or short lines for people on a terminal. What others wrote goes into fields, never into the event text."""

import logging
import sys
from io import StringIO
from typing import TextIO, cast

import structlog

from ..config.printable import printable
from ..config.redaction import redacted

_LONGEST = 256
"""Characters of a field; what comes off a wire may be longer than anybody wants to read."""


class _Stderr:
    """Whatever stderr is when a line is written: a live table puts its own in its place."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Libraries(logging.Handler):
    """What libraries say by `logging`, in the form of our own lines: asyncio of a task that failed, aiohttp of an answer that did."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        why = {} if not record.exc_info else {"why": repr(record.exc_info[1]), "exc_info": record.exc_info}
        log.log(record.levelno, "a library complains", library=record.name, what=record.getMessage(), **why)


def _no_fault_of_ours(record: logging.LogRecord) -> bool:
    """Whether a line of aiohttp's is worth one of ours.

    What is no HTTP was answered with its status, and may come a thousand times a second; who hangs up in the middle needs no answer.
    """
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not (issubclass(kind, ConnectionError) or "http_exceptions" in kind.__module__)


def configure(*, pretty: bool, level: int = logging.INFO) -> None:
    """Set logging up for the process. `pretty` is for terminals."""
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide,
        _cut,
    ]
    if pretty:
        processors += [_clean, structlog.dev.ConsoleRenderer(colors=True, exception_formatter=_traceback)]
    else:
        processors += [structlog.processors.format_exc_info, _hide, structlog.processors.JSONRenderer(sort_keys=True)]
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Libraries)]:
        root.removeHandler(old)
    root.addHandler(_Libraries(logging.WARNING))
    logging.getLogger("aiohttp.server").addFilter(_no_fault_of_ours)
    stream = cast("TextIO", _Stderr())  # it is all that the logger uses
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _traceback(stream: TextIO, exception: structlog.typing.ExcInfo) -> None:
    whole = StringIO()
    structlog.dev.plain_traceback(whole, exception)
    stream.write(redacted(whole.getvalue()))


def _hide(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: _hidden(value) for name, value in event.items()}


def _hidden(value: object) -> object:
    match value:
        case str():
            return redacted(value)
        case list() | tuple():
            return [_hidden(one) for one in value]
        case dict():
            return {name: _hidden(one) for name, one in value.items()}
        case _:
            return value


def _clean(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Nothing for a terminal to obey; JSON escapes it anyway."""
    return {name: printable(value) if isinstance(value, str) and name != "exception" else value for name, value in event.items()}


def _cut(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {
        name: f"{value[:_LONGEST]}..." if isinstance(value, str) and name != "exception" and len(value) > _LONGEST else value
        for name, value in event.items()
    }
