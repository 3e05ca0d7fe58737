"""The observer of the noise-free inlets."""

import numpy as np
import pytest
from msgspec.structs import replace

from hotzone.config.model import Statistic
from hotzone.sensors.hall.layout import Layout
from hotzone.sensors.hall.truth import Observer
from support.halls import hall_site


def observer(statistic: Statistic) -> tuple[Observer, np.ndarray]:
    site = hall_site(("A1",), 2)
    hall = site.halls[0]
    hall = replace(hall, zones=tuple(replace(zone, statistic=statistic) for zone in hall.zones))
    layout = Layout.of(hall)
    return Observer(hall, layout), layout.sensor_outlet


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        (Statistic(kind="max"), 26.0),
        (Statistic(kind="k-of-n", k=2), 25.0),
        (Statistic(kind="median"), 24.0),
        (Statistic(kind="percentile", percentile=50.0), 23.0),
    ],
)
def test_the_zones_statistic_is_over_its_inlets_only(statistic: Statistic, value: float) -> None:
    watching, outlets = observer(statistic)
    temperatures = np.where(outlets, 40.0, 0.0)
    temperatures[~outlets] = [21, 22, 23, 24, 25, 26]
    watching.see(temperatures, 1.0)
    assert watching.high.tolist() == [value]


def test_a_crossing_is_told_once_each_way_and_costs_degree_minutes() -> None:
    watching, outlets = observer(Statistic(kind="max"))
    said = []
    for celsius in (26.0, 27.0, 28.0, 27.0, 26.95, 26.85, 26.0, 17.9, 18.0, 18.2):
        said += [(crossing.text, crossing.value) for crossing in watching.see(np.where(outlets, 40.0, celsius), 60.0)]
    assert said == [("above 27.0", 27.0), ("back below 27.0", 26.85), ("below 18.0", 17.9), ("back above 18.0", 18.2)]
    assert watching.degree_minutes == pytest.approx(1.0)
    assert watching.peak == 28.0
