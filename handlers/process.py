"""A program run in a session of its own, in bounded time and memory. Nothing of the session outlives it.

The calling thread does all the work: it writes the input, reads and mostly drops the output, and watches the clock. What the program
starts belongs to its session and ends with it, unless it leaves on purpose (`setsid`). Its group would not do: `timeout` and a shell's
job control make groups of their own. The program is reaped last of all, because until then nobody else can get its number.
"""

import errno
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Self

from msgspec import Struct

KEPT: Final = 8 * 1024
"""Bytes of each output that are kept: the last ones."""
GRACE_S: Final = 0.5
"""Wall time between asking a program to end and killing it."""
_CHUNK: Final = 64 * 1024
_LOOK_S: Final = 0.02
"""How often to look for the end of a program where the system cannot tell of it."""
_ROUNDS: Final = 100
"""Times that the members of a session are looked for until there are none."""
_DRAINED: Final = 16
"""Chunks that are read of what is left in a pipe when its program has ended."""


class Ended(Struct, frozen=True):
    """How a program came to its end."""

    code: int
    """Its exit code; the negative number of the signal that killed it."""
    output: str
    """The end of what it wrote to standard output."""
    errors: str
    """The end of what it wrote to standard error."""
    late: bool = False
    """It did not end in time, and was killed."""


class Closed(RuntimeError):
    """No program is started any more."""


class Running:
    """Runs programs, from any threads; `close` ends those that run and lets none begin."""

    def __init__(self) -> None:
        self._sessions: set[int] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, command: Sequence[str], given: bytes, *, env: Mapping[str, str], folder: Path | None, seconds: float) -> Ended:
        """Run it to its end, `seconds` and `GRACE_S` at most. Raises OSError when it cannot be started, Closed."""
        deadline = time.monotonic() + seconds
        with self._lock:
            if self._closed:
                msg = "hotzone stops"
                raise Closed(msg)
            process = subprocess.Popen(  # noqa: S603  what the site file says, without a shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=env,
                bufsize=0,
                start_new_session=True,
            )
            self._sessions.add(process.pid)
        try:
            output, errors, late = _seen_through(process, given, deadline)
        finally:
            with self._lock:
                _end(process.pid)
                with suppress(subprocess.TimeoutExpired):  # the system does not let go of it
                    process.wait(GRACE_S)
                self._sessions.discard(process.pid)
        return Ended(-signal.SIGKILL if process.returncode is None else process.returncode, output, errors, late)

    def close(self) -> None:
        """Kill whatever runs; returns at once."""
        with self._lock:
            self._closed = True
            for session in self._sessions:
                _end(session)


def _seen_through(process: subprocess.Popen[bytes], given: bytes, deadline: float) -> tuple[str, str, bool]:
    """What it wrote, and whether it had to be killed."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors, feed = _Tail(process.stdout), _Tail(process.stderr), _Feed(process.stdin, given)
    steps = [(deadline, signal.SIGTERM), (deadline + GRACE_S, signal.SIGKILL), (deadline + 2 * GRACE_S, None)]
    with process.stdin, process.stdout, process.stderr, selectors.DefaultSelector() as selector, _Exit(process.pid, selector) as exit_:
        for pipe, events in ((feed, selectors.EVENT_WRITE), (output, selectors.EVENT_READ), (errors, selectors.EVENT_READ)):
            os.set_blocking(pipe.file.fileno(), False)
            selector.register(pipe.file, events, pipe)
        while not _has_ended(process) and steps:
            due, number = steps[0]
            if (now := time.monotonic()) >= due:
                steps.pop(0)
                if number is not None:
                    _signal(process.pid, number)
                continue
            for key, _ in selector.select(exit_.patience(due - now)):
                if isinstance(key.data, _Feed | _Tail) and not key.data.goes_on():
                    selector.unregister(key.fileobj)
                    if key.data is feed:
                        process.stdin.close()
        _end(process.pid)  # whatever it left running
        output.drain()
        errors.drain()
    return output.text, errors.text, len(steps) < 3


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has, without reaping it where the system can."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


class _Exit:
    """Wakes a selector when a process ends, where the system can."""

    def __init__(self, pid: int, selector: selectors.BaseSelector) -> None:
        self._handle: int | None = None
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):  # an old kernel, or a sandbox
                self._handle = os.pidfd_open(pid)
                selector.register(self._handle, selectors.EVENT_READ)

    def patience(self, seconds: float) -> float:
        """How long the selector may wait."""
        return seconds if self._handle is not None else min(seconds, _LOOK_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)


class _Feed:
    """What a program is given. It need not read it."""

    def __init__(self, file: IO[bytes], given: bytes) -> None:
        self.file = file
        self._rest = memoryview(given)

    def goes_on(self) -> bool:
        """Write what it takes; whether there is more to write."""
        try:
            self._rest = self._rest[os.write(self.file.fileno(), self._rest[:_CHUNK]) :]
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno in {errno.EPIPE, errno.ECONNRESET}:
                return False
            raise
        return len(self._rest) > 0


class _Tail:
    """The last bytes of what a program writes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._kept = b""

    def goes_on(self) -> bool:
        """Read what there is; whether there may be more."""
        try:
            part = os.read(self.file.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self._kept = (self._kept + part)[-KEPT:]
        return len(part) > 0

    def drain(self) -> None:
        """Read what is left in the pipe, within reason: somebody who left the group may still write."""
        for _ in range(_DRAINED):
            try:
                part = os.read(self.file.fileno(), _CHUNK)
            except BlockingIOError:
                return
            if not part:
                return
            self._kept = (self._kept + part)[-KEPT:]

    @property
    def text(self) -> str:
        """As text, whatever it is."""
        return self._kept.decode(errors="replace")


def _end(session: int) -> None:
    """Kill all of a session. What forks meanwhile is found the next time round."""
    _signal(session, signal.SIGKILL)
    for _ in range(_ROUNDS):
        if not (members := _members(session)):
            return
        for pid in members:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _members(session: int) -> list[int]:
    """Processes of a session that live, where the system tells."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its_session, *_ = path.read_bytes().rpartition(b")")[2].split()
            if int(its_session) == session and state not in {b"Z", b"X"}:
                found.append(int(path.parent.name))
    return found
