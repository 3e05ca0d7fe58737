"""`replay` by itself: which site it takes, and what it refuses."""

from pathlib import Path

import pytest

from hotzone.app.testing import replay
from support.sites import site, zone


def test_a_site_stands_in_for_the_one_made_up() -> None:
    journal = replay("0s A1=24 60s A1=40 180s", site=site(zone("A1")))
    assert journal.first("alarm.raised", rule="critical").zone == "A1"


def test_a_name_that_is_neither_timeline_nor_recording_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replay(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        replay("no-such-recording")


def test_a_site_file_is_loaded_by_its_path() -> None:
    demo = Path(__file__).parents[3] / "config" / "sites" / "demo.toml"
    journal = replay("0s A1=24 60s", site=demo)
    assert journal.first("zone.state", zone="A1", state="normal").value == pytest.approx(24.0)
