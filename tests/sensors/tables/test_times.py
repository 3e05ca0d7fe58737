"""Times in cells, to the nanosecond; local ones across both changes of the clock."""

from datetime import datetime

import pytest

from hotzone.config.units import HOUR, SECOND
from hotzone.sensors.tables import TableError, TimeReader, Trouble, Unreadable


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


NOON = at("2026-06-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("2026-06-01T12:00:00Z", 0),
        ("2026-06-01 14:00:00+02:00", 0),
        ("2026-06-01 14:00:00 +0200", 0),
        ("2026-06-01 12:00:00 UTC", 0),
        ("20260601T120000Z", 0),
        ("2026-06-01T12:00:00.5Z", 500_000_000),
        ("2026-06-01T12:00:00,123456789+00:00", 123_456_789),
    ],
)
def test_iso_8601_as_people_write_it(text: str, extra: int) -> None:
    assert TimeReader().read(text, None) == NOON + extra


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("s", "1780315200"), ("s", "1780315200.0"), ("ms", "1780315200000"), ("us", "1780315200000000"), ("ns", "1780315200000000000"),
        ("%d.%m.%Y %H:%M %z", "01.06.2026 14:00 +0200"), ("%m/%d/%y %I:%M:%S %p %z", "06/01/26 12:00:00 PM +0000"),
    ],
)  # fmt: skip
def test_times_in_other_formats(form: str, text: str) -> None:
    assert TimeReader(form).read(text, None) == NOON


def test_decimals_of_seconds_are_exact() -> None:
    assert TimeReader("s").read("1164976515.546", None) == 1_164_976_515_546_000_000
    assert TimeReader("s").read("1164976515,000000001", None) == 1_164_976_515_000_000_001
    assert TimeReader("%Y-%m-%d %H:%M:%S", "UTC").read("2026-06-01 12:00:00.25", None) == NOON + SECOND // 4
    assert TimeReader("%Y-%m-%d %H:%M:%S.%f", "UTC").read("2026-06-01 12:00:00.25", None) == NOON + SECOND // 4


def test_an_index_counts_periods() -> None:
    assert TimeReader("index", period=5 * SECOND, start=NOON).read("3", None) == NOON + 15 * SECOND


@pytest.mark.parametrize(("start", "count"), [(0, 0), (NOON, 10**9)])
def test_a_counted_time_that_no_recording_has_is_refused(start: int, count: int) -> None:
    reader = TimeReader(period=10 * SECOND, start=start)
    with pytest.raises(Unreadable) as caught:
        reader.counted(count)
    assert caught.value.trouble is Trouble.TIME_OUT_OF_RANGE
    assert TimeReader(period=SECOND, start=NOON).counted(3) == NOON + 3 * SECOND


@pytest.mark.parametrize(
    ("reader", "text", "trouble"),
    [
        (TimeReader(), "2026-06-01 12:00:00", Trouble.NO_ZONE),
        (TimeReader(), "yesterday", Trouble.BAD_TIME),
        (TimeReader(), "2026-02-30T00:00:00Z", Trouble.BAD_TIME),
        (TimeReader(), "", Trouble.BAD_TIME),
        (TimeReader("s"), "12:00", Trouble.BAD_TIME),
        (TimeReader("s"), "1780315200000", Trouble.TIME_OUT_OF_RANGE),
        (TimeReader(), "1970-01-01T00:00:05Z", Trouble.TIME_OUT_OF_RANGE),
        (TimeReader("%d.%m.%Y", "UTC"), "31.02.2026", Trouble.BAD_TIME),
        (TimeReader("index", period=1, start=NOON), "-3", Trouble.BAD_TIME),
        (TimeReader("index", period=1, start=NOON), "9" * 5000, Trouble.TIME_OUT_OF_RANGE),
        (TimeReader("s"), "9" * 5000, Trouble.BAD_TIME),
        (TimeReader(timezone="Europe/Zurich"), "0001-01-01 00:00:00", Trouble.TIME_OUT_OF_RANGE),
        (TimeReader(timezone="America/New_York"), "9999-12-31 23:59:59", Trouble.TIME_OUT_OF_RANGE),
    ],
)
def test_what_is_no_time_says_why(reader: TimeReader, text: str, trouble: Trouble) -> None:
    with pytest.raises(Unreadable) as caught:
        reader.read(text, None)
    assert caught.value.trouble is trouble


def test_local_time_is_that_of_its_zone() -> None:
    assert TimeReader(timezone="Europe/Zurich").read("2026-06-01 14:00:00", None) == NOON


def test_the_hour_that_comes_twice_is_told_apart_by_where_times_would_step_back() -> None:
    reader = TimeReader(timezone="Europe/Zurich")
    after, read = None, []
    for text in ("01:50", "02:10", "02:50", "02:10", "02:50", "03:10"):
        after = reader.read(f"2026-10-25 {text}:00", after)
        read.append(after - at("2026-10-25T00:00:00+00:00"))
    minute = 60 * SECOND
    assert read == [-10 * minute, 10 * minute, 50 * minute, HOUR + 10 * minute, HOUR + 50 * minute, 2 * HOUR + 10 * minute]
    assert reader.repeated == 4


def test_where_the_newest_comes_first_the_hour_that_comes_twice_is_told_apart_the_other_way_round() -> None:
    reader = TimeReader(timezone="Europe/Zurich")
    after, read = None, []
    for text in ("03:10", "02:50", "02:10", "02:50", "02:10", "01:50"):
        after = reader.read(f"2026-10-25 {text}:00", after, falling=True)
        read.append((after - at("2026-10-25T00:00:00+00:00")) // (60 * SECOND))
    assert read == [130, 110, 70, 50, 10, -10]


def test_the_hour_that_is_left_out_does_not_exist() -> None:
    with pytest.raises(Unreadable) as caught:
        TimeReader(timezone="Europe/Zurich").read("2026-03-29 02:30:00", None)
    assert caught.value.trouble is Trouble.NO_SUCH_TIME


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "isoo"}, "nearest: iso"),
        ({"form": "index"}, "--start 2026"),
        ({"form": "%Y %Y"}, "a part is there twice"),
        ({"form": "%d.%m.%Y %Q"}, "'Q' is a bad directive"),
        ({"form": "%d.%m.%Y %"}, "expected a format such as"),
        ({"timezone": "Europe/Zürich"}, "nearest: Europe/Zurich"),
        ({"timezone": "zurich"}, "nearest: Europe/Zurich"),
    ],
)
def test_an_option_that_says_nothing_names_what_it_takes(options: dict[str, str], message: str) -> None:
    with pytest.raises(TableError, match=message):
        TimeReader(**options)
