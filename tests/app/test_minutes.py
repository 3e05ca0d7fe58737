"""The rollup of a run."""

from pathlib import Path

import pytest

from hotzone.app.lockstep import Lockstep, halls_of
from hotzone.app.minutes import Sampler, series_of
from hotzone.config.units import MINUTE, SECOND
from hotzone.sensors.recording import Bar, Recording, RecordingWriter, rebuild_rollup
from support.site_text import SMALL, site_of

START = 1_767_225_600 * SECOND
SITE = site_of(SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with RecordingWriter(tmp_path / "r", site_source=SITE.source, version="1", started=1) as log:
        for _ in Lockstep(SITE, halls_of(SITE, START, 1, []), version="1", log=log).steps(5 * MINUTE):
            pass
    return tmp_path / "r"


def test_every_thermometer_and_zone_has_its_bar_in_each_minute(folder: Path) -> None:
    minutes = list(Recording(folder).rollup())
    assert [minute.at for minute in minutes][:5] == [START + number * MINUTE for number in range(5)]
    assert set(minutes[2].bars) == set(series_of(SITE))
    bar = minutes[2].bars[SITE.sensors[0].id]
    assert bar.count == 6
    assert bar.low <= bar.mean <= bar.high
    assert abs(minutes[2].bars["A1"].mean - bar.mean) < 5.0


def bars(folder: Path) -> dict[int, Bar]:
    sensor = SITE.sensors[0].id
    return {minute.at: minute.bars[sensor] for minute in Recording(folder).rollup() if sensor in minute.bars}


def test_it_can_be_made_of_the_frames_again(folder: Path) -> None:
    before = bars(folder)
    assert len(before) == 5
    rebuild_rollup(folder, series_of(SITE), Sampler(SITE))
    assert bars(folder) == before
