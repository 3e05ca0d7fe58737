"""Thermal indices against the figures of their papers, and against a hall that is read by hand."""

import pytest

from hotzone.config import loads
from hotzone.config.model import RateLimit
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.pipeline import Pipeline
from hotzone.pipeline.indices import ashrae_class, figures, rate, rci, rti, shi
from support.sites import EPOCH, merged, reading, report, site, start, stream, zone


def test_nine_inlets_at_25_and_one_at_30_are_94() -> None:
    found = rci([25.0] * 9 + [30.0], "A1")
    assert found is not None
    assert (found.hi, found.lo, found.outside, found.rating) == (pytest.approx(94.0), 100.0, False, "acceptable")


def test_the_cold_side_is_weighed_by_its_own_span() -> None:
    found = rci([25.0] * 9 + [16.5], "A1")
    assert found is not None
    assert (found.lo, found.hi) == (pytest.approx(100 * (1 - 1.5 / 30)), 100.0)


@pytest.mark.parametrize(("ashrae", "hi"), [("A1", -60.0), ("A2", 0.0), ("A3", 100 * (1 - 8 / 13)), ("H1", 100 * (1 - 13 / 3))])
def test_the_index_is_that_of_the_class_and_may_be_below_nought(ashrae: str, hi: float) -> None:
    found = rci([35.0], ashrae)
    assert found is not None
    assert found.hi == pytest.approx(hi)
    assert found.hi_clamped == pytest.approx(max(0.0, hi))
    assert found.outside is (ashrae in {"A1", "H1"})


def test_of_no_inlets_there_is_no_index() -> None:
    assert rci([], "A1") is None


def test_the_return_index_is_100_when_the_air_is_balanced() -> None:
    assert rti(32.0, 20.0, 12.0) == pytest.approx(100.0)
    assert rti(29.0, 20.0, 12.0) == pytest.approx(75.0)
    assert rti(32.0, 20.0, 0.0) is None


def test_the_supply_heat_index_is_the_share_of_heat_that_comes_back() -> None:
    assert shi([(20.0, 32.0)], 20.0) == 0.0
    assert shi([(22.0, 32.0), (21.0, 33.0)], 20.0) == pytest.approx(3 / 25)
    assert shi([(20.0, 20.0)], 20.0) is None


@pytest.mark.parametrize(
    ("coolest", "warmest", "name"),
    [
        (18, 27, "recommended"),
        (17.9, 27, "A1"),
        (18, 32.5, "A2"),
        (9.9, 27, "A3"),
        (20, 45, "A4"),
        (20, 45.1, "outside"),
        (4.9, 20, "outside"),
    ],
)
def test_a_rack_is_of_the_narrowest_class_that_allows_it(coolest: float, warmest: float, name: str) -> None:
    assert ashrae_class(coolest, warmest) == name


def test_a_rate_is_per_hour_and_needs_a_minute() -> None:
    assert rate([(0, 20.0), (6 * MINUTE, 22.0)]) == pytest.approx(20.0)
    assert rate([(0, 20.0), (59 * SECOND, 22.0)]) is None
    assert rate([(0, 20.0)]) is None
    assert HOUR == 60 * MINUTE


SITE = loads("""
name = "dc"
sensors = ["in", "out"]
quality = { smoothing = "0s" }
[halls.h]
ashrae = "A1"
cooling = { count = 1, name = "c{n}", control = "off" }
[halls.h.zones.A1]
layout = { count = 2, name = "r{n}" }
""")


def test_a_hall_is_figured_from_its_good_thermometers_and_the_reports_of_its_units() -> None:
    zone, pipeline = SITE.zones[0], Pipeline(SITE)
    wanted = {"r1/in": 22.0, "r1/out": 32.0, "r2/in": 28.0, "r2/out": 40.0}
    parts = [
        [
            frame._replace(payload=frame.payload.replace(b"99.0", str(celsius).encode()))
            for frame in stream(zone, 99.0, 1, 60)
            if frame.topic.endswith(name)
        ]
        for name, celsius in wanted.items()
    ]
    supply = [report(EPOCH + SECOND, "c1", 80.0, supply=18.0, **{"return": 31.0})]
    supply[0] = supply[0]._replace(topic=SITE.units[0].report_topic)
    pipeline.push(merged([start()], *parts, supply))
    (hall,) = figures(pipeline)
    assert hall.rci is not None
    assert hall.rci.hi == pytest.approx(100 * (1 - 1 / 10))
    assert hall.rti == pytest.approx(100 * 13 / 11)
    assert hall.shi == pytest.approx((4 + 10) / (14 + 22))
    assert hall.rhi == pytest.approx(1 - 14 / 36)
    assert [(one.rack, one.ashrae) for one in hall.racks] == [("r1", "recommended"), ("r2", "A1")]


def test_the_rise_of_a_rack_is_that_of_its_last_minutes_whoever_looked_before() -> None:
    where = site(zone(sensors=10, rates=(RateLimit(rule="rise", rise=10.0, over=5 * MINUTE, share=0.3),)))
    (hall,) = where.halls
    even = list(stream(hall.zones[0], 19.0, 1, 600))
    warming = [
        reading(EPOCH + (600 + 10 * step) * SECOND + index, sensor.id, 19.0 + step / 10, 601 + 10 * step + index)
        for step in range(60)
        for index, sensor in enumerate(hall.zones[0].sensors)
    ]
    pipeline = Pipeline(where)
    for frames, rise in (([start(), *even], 0.0), (warming, 36.0)):
        pipeline.push(frames)
        (found,) = figures(pipeline)
        assert [one.rise for one in found.racks] == pytest.approx([rise] * 10)
        assert [one.fast for one in found.racks] == [rise > 20] * 10
