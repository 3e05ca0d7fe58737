"""The rollup of a run."""

from pathlib import Path

import pytest

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import Lockstep
from hotzone.app.minutes import Sampler, fan_of, series_of
from hotzone.app.web.history import history
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.sensors.frame import Frame
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


def test_the_fan_of_a_unit_has_its_minutes_and_is_told_apart_from_a_zone(folder: Path) -> None:
    unit = SITE.units[0]
    minutes = list(Recording(folder).rollup())
    assert 0.0 < minutes[2].bars[fan_of(unit.id)].mean <= 100.0
    long = history(folder, SITE, [fan_of(unit.id), "A1", "nobody"], START, START + HOUR, 60)
    close = history(folder, SITE, [fan_of(unit.id), SITE.sensors[0].id, "A1"], START, START + 5 * MINUTE, 20)
    assert long.series[fan_of(unit.id)][2] == pytest.approx(minutes[2].bars[fan_of(unit.id)].mean)
    assert long.series["A1"][2] == pytest.approx(minutes[2].bars["A1"].mean)
    assert set(long.series["nobody"]) == {None}
    for name in (fan_of(unit.id), SITE.sensors[0].id, "A1"):
        assert close.series[name][8] == pytest.approx(minutes[2].bars[name].mean, abs=2.0), name


def test_what_is_no_report_has_no_fan() -> None:
    payloads = (b"", b"{}", b'{"fan":"x"}', b"[" * 5000, b'{"fan":55.5}')
    frames = [Frame(number, SITE.units[0].report_topic, payload) for number, payload in enumerate(payloads)]
    assert Sampler(SITE)(frames).value.tolist() == [55.5]
