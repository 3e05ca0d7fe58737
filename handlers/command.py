"""Events to a program: each starts it once, with the event as JSON on its standard input."""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import os
import shutil
from contextlib import suppress
from pathlib import Path
from signal import Signals
from typing import Annotated, ClassVar, Final

from msgspec import Struct

from ..config.kinds import Text
from ..config.problems import Unfit, nearest, show
from ..config.redaction import redacted
from ..config.secrets import Secret
from ..pipeline import Event, journal_line
from .contract import Context, GiveUp, RetryAfter, handler
from .process import GRACE_S, Ended, Running
from .words import clean

NEVER: Final = os.EX_DATAERR
"""Exit code of a program that will never take the event."""
NOT_NOW: Final = os.EX_TEMPFAIL
"""Exit code of a program that takes nothing now."""
_PASSED: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""Variables of our own environment that a program gets, if they are set."""
_LONGEST: Final = 20_000
"""Characters of an argument."""
_LINES: Final = 5
_SHOWN: Final = 400
"""Characters of a program's words that go into a reason."""
_MARGIN_S: Final = 0.3
"""Wall time that a call needs beside the program."""


class Argument:
    """What a program is given: any text, also of several lines, also none."""

    label: ClassVar[str] = "text"

    def read(self, raw: object) -> str:
        """The text as it is, or `Unfit`."""
        if not isinstance(raw, str) or "\0" in raw or len(raw) > _LONGEST:
            raise Unfit(show(raw), f"a text of at most {_LONGEST} characters")
        return raw


class CommandFailed(Exception):
    """A program ended with another exit code than 0, was killed, or took too long."""


@handler(alarms=True)
class Command:
    """Runs the program for one event at a time, unless `concurrency` says otherwise. What exit codes mean is in `judged`."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What the site file may say."""

        command: tuple[Annotated[str, Argument()], ...]
        """The program and its arguments, as they are: there is no shell, and nothing of the event is added. A name is looked up in `PATH`."""
        folder: Path | None = None
        """Where it runs, and where a relative path of the program starts; without it, where hotzone runs."""
        environment: dict[str, Annotated[str, Text()] | Secret] = {}
        """Further variables of its environment."""

        def __post_init__(self) -> None:
            """Raises `Unfit` for what cannot be started."""
            if self.folder is not None and not self.folder.is_dir():
                raise Unfit(f"the folder {str(self.folder)!r}, which is not there", "a folder")
            if not self.command or not self.command[0]:
                raise Unfit("a command without a program", '["program", "argument", ...]')
            for name in self.environment:
                if name.startswith("HOTZONE_") or not name.isidentifier() or not name.isascii():
                    raise Unfit(f"the variable {name[:40]!r}", "letters, digits and _, not beginning with HOTZONE_, which are ours")
            _found(self.command[0], self.folder)

    def __init__(self, options: Options) -> None:
        self._program = _found(options.command[0], options.folder)
        self._command = options.command
        self._folder = options.folder
        self._environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        self._environment |= {name: value.reveal() if isinstance(value, Secret) else value for name, value in options.environment.items()}
        self._running = Running()

    def handle(self, event: Event, ctx: Context) -> None:
        """Run the program to its end. Raises CommandFailed, GiveUp, RetryAfter, OSError."""
        told = {"EVENT_ID": event.id, "EVENT_TYPE": event.type, "SITE": ctx.site.name, "HANDLER": ctx.name}
        ended = self._running.run(
            (self._program, *self._command[1:]),
            journal_line(event) + b"\n",
            env={**self._environment, **{f"HOTZONE_{name}": clean(value, 1000) for name, value in told.items()}},
            folder=self._folder,
            seconds=max(ctx.timeout_s - GRACE_S - _MARGIN_S, ctx.timeout_s / 2),
        )
        if ended.output:
            ctx.log.debug("a command said", event_id=event.id, output=_last_lines(ended.output))
        if ended.errors and ended.code == 0:
            ctx.log.info("a command took an event and complained", event_id=event.id, errors=_last_lines(ended.errors))
        judged(ended, self._command[0])

    async def close(self) -> None:
        """Kill what runs; its event is delivered again at the next start."""
        self._running.close()


def judged(ended: Ended, program: str) -> None:
    """What the end of a program means for an event; returns when it was taken.

    Raises:
        GiveUp: it never will be (exit code 65).
        RetryAfter: not now (75).
        CommandFailed: anything else but 0, a signal, or no end in time.
    """
    if ended.code == 0 and not ended.late:
        return
    how = f"exit code {ended.code}" if ended.code >= 0 else f"killed by {_signal(-ended.code)}"
    if ended.late:
        how = "no end in time, killed"
    words = _last_lines(ended.errors)
    why = f"{Path(program).name}: {how}" + (f": {words}" if words else "")
    if ended.late:
        raise CommandFailed(why)
    if ended.code == NEVER:
        raise GiveUp(why)
    if ended.code == NOT_NOW:
        raise RetryAfter(why)
    raise CommandFailed(why)


def _found(program: str, folder: Path | None) -> str:
    """The program's absolute path. Raises `Unfit` where there is nothing that we may execute."""
    if "/" not in program:
        found = shutil.which(program)
        if found is None:
            raise Unfit(f"the program {program[:60]!r}, which is not in PATH", "a program that we may execute", _near(program))
        return str(Path(found).absolute())
    path = Path(folder or "", program)
    if not path.is_absolute() and folder is None:
        raise Unfit(f"the relative path {program[:200]!r} without a folder", 'an absolute path, or folder = "." beside the site file')
    if not path.is_file():
        raise Unfit(f"the program {str(path)!r}, which is not there", "a program that we may execute")
    if not os.access(path, os.X_OK):
        raise Unfit(f"the file {str(path)!r}, which we may not execute", f"a program: chmod +x {path}")
    return str(path.absolute())


def _near(program: str) -> str | None:
    """The program in PATH whose name comes closest."""
    names: set[str] = set()
    for folder in os.get_exec_path():
        with suppress(OSError):
            names.update(path.name for path in Path(folder).iterdir())
    return nearest(program, sorted(names))


def _signal(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_lines(text: str) -> str:
    """The last lines on one line, without anything that a terminal would obey."""
    lines = [shown for line in text.splitlines()[-_LINES:] if (shown := clean(redacted(line), _SHOWN).strip())]
    told = " | ".join(lines)
    return told if len(told) <= _SHOWN else f"…{told[1 - _SHOWN :]}"
