"""Cells to numbers, digit for digit."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.sensors.tables import Number, read_number
from hotzone.sensors.tables.numbers import tidy


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("23", "23"), ("23.50", "23.50"), ("-0.5", "-0.5"), ("+7", "7"), ("007", "7"), (".5", "0.5"), ("5.", "5"), ("0", "0"),
        ("1e2", "1e2"), ("\u22124.5", "-4.5"), ("74.93588199999998", "74.93588199999998"),
    ],
)  # fmt: skip
def test_a_number_keeps_its_digits(cell: str, text: str) -> None:
    assert read_number(cell) == Number(text, "")


@pytest.mark.parametrize(("cell", "unit"), [("23.4 °C", "°C"), ("23.4°F", "°F"), ("300 K", "K"), ("4 ppm", "ppm")])
def test_a_unit_behind_the_number_is_told(cell: str, unit: str) -> None:
    number = read_number(cell)
    assert number is not None
    assert number.unit == unit


@pytest.mark.parametrize(
    "cell", ["", "-", ".", "#VALUE!", "NaN", "1,234", "1 234", "1.2.3", "10-20", "0x1F", "2026-01-01", "--5", "1,5", "e5", "°C"]
)
def test_what_can_be_read_in_two_ways_or_none_is_no_number(cell: str) -> None:
    assert read_number(cell) is None


def test_with_a_decimal_comma_a_point_is_none() -> None:
    assert read_number("23,5", ",") == Number("23.5", "")
    assert read_number("23", ",") == Number("23", "")
    assert read_number("23.5", ",") is None
    assert read_number("1,2,3", ",") is None


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_every_number_comes_back(value: float, decimal: str) -> None:
    number = read_number(str(value).replace(".", decimal), decimal)
    assert number is not None
    assert json.loads(number.text) == value


@given(st.text(max_size=30))
def test_whatever_is_read_is_json(cell: str) -> None:
    number = read_number(tidy(cell))
    if number is not None:
        json.loads(number.text)


def test_a_cell_is_freed_of_what_cannot_be_seen() -> None:
    assert tidy("\u00a0\ufeff 23.5\u202f\u200b") == "23.5"
