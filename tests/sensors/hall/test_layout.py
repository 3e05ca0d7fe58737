"""The floor plan as arrays."""

import numpy as np
import pytest

from hotzone.sensors.hall.layout import NEAREST_SHARE, Layout
from support.halls import hall_site


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout.of(hall_site().halls[0])


def test_each_unit_gives_all_its_air_and_most_of_it_to_its_nearest_zone(layout: Layout) -> None:
    assert layout.share.sum(axis=1) == pytest.approx(1)
    assert np.diag(layout.share) == pytest.approx(NEAREST_SHARE, abs=0.12)


def test_zones_get_air_by_their_racks(layout: Layout) -> None:
    assert layout.share.sum(axis=0) == pytest.approx(1, abs=0.05)


def test_exhaust_reaches_near_racks_and_those_towards_the_return_more_than_others(layout: Layout) -> None:
    assert layout.reach[5, 4] > layout.reach[5, 6]
    assert layout.reach[5, 4] > layout.reach[5, 3]
    assert layout.reach[5, 5] > layout.reach[5, 15] > layout.reach[5, 25] > 0


def test_the_ends_of_rows_leak_most_and_the_mean_of_a_zone_is_1(layout: Layout) -> None:
    assert layout.row_end.sum() == 8
    assert layout.proximity[0] > layout.proximity[5]
    assert layout.proximity[:10].mean() == pytest.approx(1)
