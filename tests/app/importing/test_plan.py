"""Options that contradict each other or say nothing usable name themselves."""

from pathlib import Path

import pytest

from hotzone.app.errors import UserError
from hotzone.app.importing.plan import Options, order_named, plan_of, read_map
from hotzone.sensors.tables import TableError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"files": ()}, "at least one file"),
        ({"decimal": ";"}, "--decimal ;"),
        ({"unit": "R"}, "--unit R: expected C, F or K"),
        ({"period": "5s"}, "--start 2026"),
        ({"start": "2026-01-01"}, "--period 5s"),
        ({"period": "5s", "start": "soon"}, "'soon' is no time"),
        ({"period": "5 s", "start": "2026-01-01"}, "--period 5 s"),
        ({"period": "0s", "start": "2026-01-01"}, "longer than nothing"),
        ({"period": "5s", "start": "2026-01-01", "time": ["t"]}, "--time-format index"),
        ({"where": ["x"]}, "--where x"),
        ({"template": "A1"}, "--as A1"),
        ({"template": "A1/r1/in", "wide": True}, "each column is a thermometer"),
        ({"template": "A1/{host}/in", "sensor": "probe"}, "--sensor probe is not in it"),
        ({"delimiter": "::"}, "--delimiter ::"),
        ({"timezone": "Mars"}, "--timezone Mars"),
        ({"time_format": "unix"}, "--time-format unix"),
        ({"sensor_map": Path("nowhere.csv")}, "--sensor-map nowhere.csv: No such file"),
        ({"sensor_map": Path("nowhere.csv"), "template": "a/b/c"}, "leave one out"),
    ],
)  # fmt: skip
def test_a_bad_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises((UserError, TableError), match=message):
        plan_of(Options(**{"files": ("x.csv",), **options}))


@pytest.mark.parametrize(
    "options",
    [
        {"template": "A1/{host}/in", "sensor": "host"},
        {"template": "A1/{sensor}/in", "sensor": "host"},
        {"template": "A1/r1/in", "wide": True, "value": ["2"]},
        {"template": "A1/{sensor}/in", "wide": True},
    ],
)
def test_an_id_that_tells_the_thermometers_apart_is_taken(options: dict[str, object]) -> None:
    assert plan_of(Options(**{"files": ("x.csv",), **options})).columns.template == options["template"]


def test_an_order_has_a_name() -> None:
    assert order_named("time") == "time"
    with pytest.raises(UserError, match="--order random: expected file or time"):
        order_named("random")


def test_units_may_be_written_out() -> None:
    assert [plan_of(Options(files=("x",), unit=unit)).unit for unit in ("°F", "kelvin", "c", None)] == ["F", "K", "C", "C"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing"),
        ("a,b,c\n", "m.csv:1: expected two columns"),
        ("a;\n", "m.csv:1"),
        ("a,b\na,c\n", "m.csv:2: 'a' is there twice"),
    ],
)
def test_a_bad_map_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_map(tmp_path / "m.csv", None)


@pytest.mark.parametrize("text", ["a b,A/r/in\n\n# x\nb,B/r/in\n", "\ufeffa  b;A/r/in\nb;B/r/in\n", "a b\tA/r/in\nb\tB/r/in\n"])
def test_a_map_is_a_table_of_two_columns(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.csv").write_text(text, "utf-8")
    assert read_map(tmp_path / "m.csv", None) == {"a b": "A/r/in", "b": "B/r/in"}
