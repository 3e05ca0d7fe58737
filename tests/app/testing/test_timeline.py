"""Timelines in text: what they say, and what they refuse."""

from itertools import pairwise

import pytest

from hotzone.app.testing.timeline import EPOCH, Script, Setting, TimelineError, frames_of, is_timeline, parse, site_of
from hotzone.config.model import Site
from hotzone.config.units import MILLISECOND, MINUTE, SECOND
from hotzone.sensors.frame import Frame, Own
from support.sites import site, unit, zone


def published(text: str, where: Site | None = None) -> list[Frame]:
    """The frames of a timeline without those that hotzone writes itself."""
    script = parse(text)
    return [frame for frame in frames_of(script, where or site_of(script)) if not frame.topic.startswith("$")]


def seconds(frames: list[Frame]) -> list[float]:
    return [round((frame.at - EPOCH) / SECOND, 3) for frame in frames]


def test_words_are_times_and_settings_in_any_whitespace() -> None:
    script = parse("0s A1/r1=24  # calm\n 250ms A1/r1=-1.5\n\n2m A1/r1=stale 1h")
    assert script == Script(
        (Setting(0, "A1/r1", 24.0), Setting(250 * MILLISECOND, "A1/r1", -1.5), Setting(2 * MINUTE, "A1/r1", None)), 60 * MINUTE
    )


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("5s A1/r1=24 4s", "4s", "not before the last"),
        ("0s A1/r1", "A1/r1", "name=value"),
        ("0s =24", "=24", "name=value"),
        ("0s A1/r1=warm", "A1/r1=warm", "a number, stale or none"),
        ("0s A1/r1=24 -5s", "-5s", "a time"),
    ],
)
def test_a_word_that_is_neither_is_named(text: str, word: str, expected: str) -> None:
    with pytest.raises(TimelineError, match=expected) as caught:
        parse(text)
    assert caught.value.word == word


@pytest.mark.parametrize(
    ("text", "answer"), [("0s A1=2", True), ("# first\n 5s", True), ("recordings/total-loss", False), ("5sec.hzlog", False), ("", False)]
)
def test_a_text_that_begins_with_a_time_is_a_timeline_and_a_path_is_none(text: str, answer: bool) -> None:
    assert is_timeline(text) is answer


def test_a_value_is_published_at_once_and_each_period_until_the_end() -> None:
    assert seconds(published("0s A1/r1=24 2500ms A1/r1=25 4s")) == [0, 1, 2, 2.5, 3.5]


def test_of_two_values_at_one_instant_the_later_holds() -> None:
    frames = published("0s A1/r1=24 A1/r1=30 0s")
    assert [b"30" in frame.payload for frame in frames] == [True]


def test_a_stale_thermometer_publishes_nothing_until_it_has_a_value_again() -> None:
    assert seconds(published("0s A1/r1=24 1s A1/r1=stale 5s A1/r1=none 6s A1/r1=24 6s")) == [0, 6]


def test_frame_times_are_strictly_increasing_though_all_publish_at_once() -> None:
    script = parse("0s A1/r1=24 A1/r2=24 A2/r1=24 10s")
    frames = frames_of(script, site_of(script))
    assert all(later.at > earlier.at for earlier, later in pairwise(frames))
    assert (frames[0].topic, frames[-1].topic) == (Own.START, Own.END)
    assert frames[1].at == EPOCH


def test_the_site_made_up_has_the_names_and_asks_two_inlets_to_agree() -> None:
    where = site_of(parse("0s A1/r1=24 A1/r2/top=24 A1/r2/low=24 B=20 B/r1=24"))
    assert [sensor.id for sensor in where.sensors] == ["A1/r1/in", "A1/r2/top", "A1/r2/low", "B/r1/in"]
    assert [zone.statistic.k for zone in where.zones] == [2, 1]
    assert len({sensor.topic for sensor in where.sensors}) == 4


def test_a_zone_without_a_thermometer_cannot_be_made_up() -> None:
    with pytest.raises(TimelineError, match="at least one thermometer"):
        site_of(parse("0s A1=24"))


def test_a_name_stands_for_every_inlet_that_begins_with_it() -> None:
    where = site(zone("A1", sensors=3), zone("A10", sensors=1))
    assert len(published("0s A1=24 0s", where)) == 3
    assert len(published("0s A1/r2=24 0s", where)) == 1


def test_a_name_that_the_site_does_not_have_is_an_error() -> None:
    with pytest.raises(TimelineError, match=r"'B1/r1'.*'test'"):
        published("0s B1/r1=24 1s", site())


def test_the_error_for_an_unknown_name_has_the_nearest() -> None:
    where = site(zone("north"), units=[unit("crac-1", ["north"])])
    with pytest.raises(TimelineError, match=r"did you mean north\?"):
        published("0s nroth=24 1s", where)
    with pytest.raises(TimelineError, match=r"did you mean crac-1\?"):
        published("0s crac1=24 1s", where)


def test_a_cooling_unit_reports_its_fan_each_5_s() -> None:
    frames = published("0s crac-1=60 12s", site(units=[unit("crac-1", ["A1"])]))
    assert [frame.topic for frame in frames] == ["dc/h/units/crac-1/report"] * 3
    assert seconds(frames) == [0, 5, 10]
