"""What headers say by themselves, and what times that nobody described could be."""

import pytest

from hotzone.sensors.tables.headers import VALUES, other_quantity, plainly, unit_of, without_unit
from hotzone.sensors.tables.likely import advice


@pytest.mark.parametrize(
    ("title", "name", "unit", "other"),
    [
        ("Rack 1 (°F)", "Rack 1", "F", False),
        ("Temp [°C]", "Temp", "C", False),
        ("Temperature ℃", "Temperature", "C", False),
        ("Temp(F)", "Temp", "F", False),
        ("Temp, °F (LGR S/N: 2020)", "Temp, °F (LGR S/N: 2020)", "F", False),
        ("temp_c", "temp_c", "C", False),
        ("Inlet deg F", "Inlet deg F", "F", False),
        ("(°C)", "(°C)", "C", False),
        ("Rack (A)", "Rack (A)", None, False),
        ("Track", "Track", None, False),
        ("Fan Speed (%)", "Fan Speed (%)", None, True),
        ("Power (kW)", "Power (kW)", None, True),
        ("Humidity %RH", "Humidity %RH", None, True),
    ],
)
def test_a_header_says_its_name_and_unit(title: str, name: str, unit: str | None, other: bool) -> None:
    assert (without_unit(title), unit_of(title), other_quantity(title)) == (name, unit, other)


def test_a_unit_behind_it_makes_a_word_no_less_plain() -> None:
    assert plainly(["Time", "Temp [°C]", "TEMPERATURE (F)", "Temperate"], VALUES) == [1, 2]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1700000000.5"], "--time-format s would read them"),
        (["1700000000000"], "--time-format ms would read them"),
        (["31.12.2024 10:00"], "--time-format '%d.%m.%Y %H:%M' would read them"),
        (["3/9/2025 2:00 AM"], "'%d/%m/%Y %I:%M %p' or --time-format '%m/%d/%Y %I:%M %p' would read them: say which is meant"),
        (["3/9/2025 2:00 AM", "3/13/2025 2:00 AM"], "--time-format '%m/%d/%Y %I:%M %p' would read them"),
        (["45000.25"], "count of days"),
        (["45000,25"], "count of days"),
    ],
)
def test_the_formats_that_read_all_of_the_times_are_proposed(texts: list[str], said: str) -> None:
    assert said in advice(texts)


@pytest.mark.parametrize("texts", [[], ["monday"], ["31.12.2024 10:00", "x"], ["12"]])
def test_nothing_is_proposed_where_nothing_reads_them(texts: list[str]) -> None:
    assert advice(texts) == ""
