"""Programs that misbehave: nothing of them is left, in time or in memory."""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotzone.handlers.process import GRACE_S, KEPT, Closed, Ended, Running

ENV = {"PATH": os.environ["PATH"]}


def run(code: str, given: bytes = b"", seconds: float = 20.0) -> Ended:
    return Running().run((sys.executable, "-c", code), given, env=ENV, folder=None, seconds=seconds)


def shell(script: str, *, seconds: float = 20.0, running: Running | None = None) -> Ended:
    return (running or Running()).run(("/bin/sh", "-c", script), b"", env=ENV, folder=None, seconds=seconds)


def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline, beat = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        beat.wait(0.005)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in {b"Z", b"X"}


def test_a_program_gets_its_input_and_gives_its_output() -> None:
    ended = run("import sys; data = sys.stdin.read(); print(data.upper()); print('hm', file=sys.stderr)", b"event\n")
    assert ended == Ended(0, "EVENT\n\n", "hm\n")


def test_a_program_that_never_reads_is_no_trouble() -> None:
    began = time.monotonic()
    assert run("pass", b"x" * 10_000_000).code == 0
    assert time.monotonic() - began < 5


def test_a_program_that_reads_slowly_gets_everything() -> None:
    assert run("import sys; print(len(sys.stdin.buffer.read()))", b"x" * 3_000_000).output == "3000000\n"


def test_a_program_that_closes_its_input_early_is_judged_by_its_exit_code() -> None:
    assert run("import os, sys; os.close(0); sys.exit(7)", b"x" * 10_000_000).code == 7


def test_a_program_that_never_ends_is_asked_to_end() -> None:
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit(3)))\ntime.sleep(60)"
    began = time.monotonic()
    ended = run(code, seconds=0.7)
    assert time.monotonic() - began < 0.7 + GRACE_S
    assert ended == Ended(3, "bye\n", "", late=True)


def test_a_program_that_refuses_to_end_is_killed() -> None:
    began = time.monotonic()
    ended = run("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)", seconds=0.5)
    assert (ended.code, ended.late) == (-9, True)
    assert time.monotonic() - began < 0.5 + GRACE_S + 1


@pytest.mark.parametrize("how", ["sleep 60 &", "(sleep 60 & sleep 60 & wait) &", "timeout 60 sleep 60 &", "trap '' TERM; sleep 60 &"])
def test_what_a_program_leaves_running_ends_with_it(how: str) -> None:
    began = time.monotonic()
    ended = shell(f"{how} echo $!")
    assert time.monotonic() - began < 5, "it waited for a grandchild"
    assert ended.code == 0
    until(lambda: not lives(int(ended.output)))


def test_what_a_late_program_left_running_ends_with_it() -> None:
    ended = shell("timeout 60 sleep 60 & echo $!; timeout 60 sleep 60", seconds=0.3)
    assert ended.late
    until(lambda: not lives(int(ended.output)))


def test_grandchildren_that_go_on_having_children_end_with_their_program(tmp_path: Path) -> None:
    mark = f"{tmp_path}/beat"
    ended = shell(f"bomb() {{ echo >> {mark}; (bomb) & sleep 0.02; }}; bomb & sleep 0.3; kill -9 $$")
    assert ended.code == -9
    assert Path(mark).stat().st_size > 1, "there were no grandchildren"
    until(lambda: not [pid for pid in _pids() if mark.encode() in _cmdline(pid) and lives(pid)])


def test_a_gigabyte_of_output_is_read_and_dropped_but_for_the_end() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ended = shell("head -c 1000000000 /dev/zero; printf end; head -c 100000000 /dev/zero >&2; printf over >&2")
    assert ended.code == 0
    assert len(ended.output) == len(ended.errors) == KEPT
    assert (ended.output[-3:], ended.errors[-4:]) == ("end", "over")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_output_for_ever_ends_in_time() -> None:
    began = time.monotonic()
    assert shell("yes", seconds=0.5).late
    assert time.monotonic() - began < 3


def test_what_is_no_text_is_shown_as_it_can_be() -> None:
    assert shell(r"printf 'a\377b'").output == "a�b"


def test_at_the_end_of_a_run_everything_is_killed_and_nothing_begins(tmp_path: Path) -> None:
    running = Running()
    pidfile = tmp_path / "pid"
    ends: list[Ended] = []
    thread = threading.Thread(
        target=lambda: ends.append(shell(f"timeout 60 sleep 60 & echo $! > {pidfile}; sleep 60", seconds=60, running=running))
    )
    thread.start()
    until(lambda: pidfile.exists() and pidfile.read_text().endswith("\n"))
    pid = int(pidfile.read_text())
    assert lives(pid)
    began = time.monotonic()
    running.close()
    assert time.monotonic() - began < 0.2
    until(lambda: not lives(pid))
    thread.join(5)
    assert ends == [Ended(-9, "", "")]
    with pytest.raises(Closed):
        shell("true", running=running)


def test_it_works_where_the_system_cannot_tell_of_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    monkeypatch.delattr(os, "waitid")
    assert shell("sleep 0.1; exit 4").code == 4
    assert shell("sleep 60", seconds=0.2).late


def test_no_descriptor_and_no_zombie_is_left() -> None:
    shell("true")
    before, children = len(list(Path("/proc/self/fd").iterdir())), _children()
    for _ in range(20):
        shell("exit 1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert _children() <= children


def _children() -> set[int]:
    return {pid for pid in _pids() if _parent(pid) == os.getpid()}


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return 0
