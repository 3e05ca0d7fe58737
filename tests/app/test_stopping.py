"""What a command leaves behind that is told to stop before its end."""

import signal
from pathlib import Path

import pytest

from hotzone.app.stopping import undone_on_signals
from support.commands import hotzone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_so_that_it_cleans_up(number: signal.Signals) -> None:
    with pytest.raises(SystemExit) as caught, undone_on_signals():
        signal.raise_signal(number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_that_is_to_be_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with undone_on_signals():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    rows = "".join(f"{1_767_225_600 + second},20.{second % 7}\n" for second in range(400_000))
    (tmp_path / "x.csv").write_text("time,value\n" + rows)
    words = ("--time-format", "s", "--as", "A1/r1/in", "--recording", "rec", "--make-site", "site.toml")
    with hotzone(tmp_path, "import", "x.csv", *words) as command:
        command.until((tmp_path / "rec" / "000001.hzlog").exists, "a segment")
        command.signal(number)
        assert command.process.returncode == 128 + number, command.log
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([command.log_path.name, "x.csv"])
