"""Live runs in every style: one log goes on from style to style, over a kill, and its replay by rx gives the journal."""

import signal
import threading
from pathlib import Path
from typing import get_args

import pytest

from hotzone.app.commands.options import StyleName
from hotzone.config import loads
from hotzone.pipeline import Pipeline, Style
from support.commands import SITE, call, hotzone, types
from support.mosquitto import Mosquitto


def test_the_command_line_knows_every_style() -> None:
    assert list(get_args(get_args(StyleName)[0])) == [str(style) for style in Style]


def test_one_log_goes_on_from_style_to_style_over_a_kill(tmp_path: Path, mosquitto: Mosquitto) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    journal = tmp_path / "journal"
    hall = ("simulate", "--site", "site.toml", "--broker", mosquitto.url, "--speed", "60", "--fault", "crac-failure:crac-1@2m")
    run = ("run", "--plain", "--broker", mosquitto.url, "--recording", "log", "--journal", "journal")
    with hotzone(tmp_path, *hall) as halls:
        halls.until(lambda: "the hall begins" in halls.log, "the hall")
        for number, (style, end) in enumerate((("asyncio", signal.SIGTERM), ("threads", signal.SIGKILL), ("callbacks", signal.SIGINT)), 1):
            before = len(types(journal))
            with hotzone(tmp_path, *run, "--style", style) as one:

                def goes_on(number: int = number, before: int = before) -> bool:
                    return types(journal).count("run.started") >= number and len(types(journal)) > before + 20

                one.until(goes_on, "events")
                assert one.signal(end) < 2.0
                assert one.process.returncode in {0, -signal.SIGKILL}, one.log
                assert "Traceback" not in one.log
                assert "Warning" not in one.log
    done = call(tmp_path, "replay", "log", "--journal", "again")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again").read_bytes() == journal.read_bytes()


@pytest.mark.parametrize("style", list(Style))
def test_a_simulated_run_is_recorded_with_the_same_journal_in_every_style(style: Style, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    words = ("simulate", "--site", "site.toml", "--hours", "0.1", "--fault", "crac-failure:crac-1@1m")
    assert call(tmp_path, *words, "--style", style, "--recording", "log", "--journal", "journal").returncode == 0
    assert call(tmp_path, "replay", "log", "--journal", "again").returncode == 0
    assert (tmp_path / "again").read_bytes() == (tmp_path / "journal").read_bytes() != b""


async def test_the_loop_of_a_caller_may_fold_in_every_style() -> None:
    for style in Style:
        with Pipeline(loads(SITE), style=style) as pipeline:
            assert await pipeline.push_async([]) == []
            await pipeline.advance_to_async(1)
            assert pipeline.at == 1
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("zone-worker")] == []
