"""From rows to readings: long and wide, units, labels, what is rejected and how it is kept."""

import gzip
from pathlib import Path

import pytest
from msgspec import json

from hotzone.app.errors import UserError
from hotzone.pipeline import NoteEvent
from hotzone.sensors.frame import Own
from hotzone.sensors.tables import Trouble
from support.house import ROOT
from support.imports import START, imported

LONG = """time,name,temperature
2026-01-01 00:00:00,r1,21.5
2026-01-01 00:00:01,r2,22
2026-01-01 00:01:00,r1,21.75
"""


def test_a_long_table_has_a_reading_a_row(tmp_path: Path) -> None:
    found = imported(tmp_path, LONG, sensor="name")
    assert found.readings == [("r1/in-1", 21.5, 0.0), ("r2/in-1", 22.0, 1.0), ("r1/in-1", 21.75, 60.0)]
    assert (found.summary.rows, found.summary.readings, found.summary.sensors) == (3, 3, 2)
    assert found.replayed()[1] == []


def test_a_wide_table_has_a_thermometer_a_column(tmp_path: Path) -> None:
    found = imported(tmp_path, "time;r1;r2\n2026-01-01;21,5;22\n2026-01-01 00:01;;23\n", wide=True, decimal=",")
    assert found.readings == [("r1/in-1", 21.5, 0.0), ("r2/in-1", 22.0, 0.0), ("r2/in-1", 23.0, 60.0)]
    assert found.summary.empty == 1


def test_each_file_may_be_a_thermometer(tmp_path: Path) -> None:
    text = "time,value\n2026-01-01T00:00Z,21\n"
    assert [name for name, _, _ in imported(tmp_path, text, template="A/r1/in-1").readings] == ["r1/in-1"]


def test_the_name_of_a_file_may_be_that_of_its_thermometer(tmp_path: Path) -> None:
    text = "time,value\n2026-01-01T00:00Z,21\n"
    found = imported(tmp_path, text, gzip.compress(text.encode()), site=None, template="A/{file}/in", order="time")
    assert [name for name, _, _ in found.readings] == ["f1/in", "f2/in"]


def test_columns_without_a_header_go_by_number(tmp_path: Path) -> None:
    found = imported(
        tmp_path, "1767225600000 1 7 23,2\n1767225660000 2 8 23,5\n",
        time=["1"], time_format="ms", value=["4"], template="A/r{2}/in-1", sequence="3", decimal=",",
    )  # fmt: skip
    assert found.readings == [("r1/in-1", 23.2, 0.0), ("r2/in-1", 23.5, 60.0)]
    assert [json.decode(frame.payload)["sequence"] for frame in found.frames] == [7, 8]


def test_rows_without_times_are_counted_for_each_thermometer_over_all_files(tmp_path: Path) -> None:
    found = imported(
        tmp_path, "name,value\nr1,1\nr2,2\nr1,3\n", "name,value\nr2,4\nr1,\nr1,5\n",
        sensor="name", period="5s", start="2026-01-01T00:00:00Z", order="time",
    )  # fmt: skip
    assert found.readings == [
        ("r1/in-1", 1.0, 0.0),
        ("r2/in-1", 2.0, 0.0),
        ("r1/in-1", 3.0, 5.0),
        ("r2/in-1", 4.0, 5.0),
        ("r1/in-1", 5.0, 15.0),
    ]


def test_date_and_time_may_stand_in_two_columns(tmp_path: Path) -> None:
    text = "Date,Time,Temp\n31.01.2026,12:30,21\n"
    assert imported(tmp_path, text, time=["Date", "Time"], value=["Temp"], time_format="%d.%m.%Y %H:%M", template="A/r1/in-1").readings


@pytest.mark.parametrize(
    ("unit", "cell", "celsius"), [("F", "75.2", 24.0), ("K", "297.15", 24.0), ("C", "75.2 °F", 24.0), ("F", "24 °C", 24.0)]
)
def test_units_are_brought_to_celsius_by_decode_alone(tmp_path: Path, unit: str, cell: str, celsius: float) -> None:
    found = imported(tmp_path, f"time,v\n2026-01-01,{cell}\n", value=["v"], unit=unit, template="A/r1/in-1")
    assert found.readings == [("r1/in-1", celsius, 0.0)]
    assert cell.split(maxsplit=1)[0].encode() in found.frames[0].payload


def test_a_header_that_names_another_unit_is_not_passed_over(tmp_path: Path) -> None:
    text = "time,Temp (°F)\n2026-01-01,75\n"
    with pytest.raises(UserError, match="say --unit F"):
        imported(tmp_path, text, value=["Temp (°F)"], template="A/r1/in-1")
    assert imported(tmp_path, text, value=["Temp (°F)"], template="A/r1/in-1", unit="F").summary.readings == 1


def test_only_the_rows_that_were_asked_for_are_taken(tmp_path: Path) -> None:
    text = "time,name,kind,temp\n2026-01-01,r1,air,21\n2026-01-01,r1,water,15\n2026-01-01,r2,air,22\n"
    found = imported(tmp_path, text, sensor="name", where=["kind=air", "name!=r2"])
    assert [celsius for _, celsius, _ in found.readings] == [21.0]
    assert found.summary.left_out == 2


def test_a_map_names_the_thermometers_and_leaves_others_out(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("name,id\nr1,A/r2/in-1\n# r2 is broken\n")
    found = imported(tmp_path, LONG, sensor="name", template=None, sensor_map=tmp_path / "map.csv")
    assert [name for name, _, _ in found.readings] == ["r2/in-1", "r2/in-1"]
    assert found.summary.left_out == 1


DIRTY = [
    ("#VALUE!", "not-a-number"),
    ("NaN", "not-a-number"),
    ('"1,234.5"', "not-a-number"),
    ("\u00a0hot", "not-a-number"),
    ("-300", "below-absolute-zero"),
    ("1e999", "not-finite"),
    ("21 ppm", "unknown-unit"),
    ('"=HYPERLINK(""x"")"', "not-a-number"),
]


@pytest.mark.parametrize(("cell", "reason"), DIRTY)
def test_a_cell_that_is_no_temperature_is_kept_and_rejected_again_at_replay(tmp_path: Path, cell: str, reason: str) -> None:
    found = imported(tmp_path, f"time,value\n2026-01-01,20\n2026-01-01 00:01,{cell}\n2026-01-01 00:02,21\n", template="A/r1/in-1")
    assert [celsius for _, celsius, _ in found.readings] == [20.0, 21.0]
    assert found.summary.rejected == {reason: 1}
    assert "f1.csv:3: " in found.summary.examples[reason][0]
    (letter,) = found.letters
    assert letter == (reason, found.frames[1].payload)
    assert [(letter.payload, letter.reason) for letter in found.replayed()[1]] == [(found.frames[1].payload, reason)]


def test_a_long_cell_is_kept_whole_and_shown_cut_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    cell = "\x1b[31mé" + "x" * 100
    found = imported(tmp_path, f"time,value\n2026-01-01,20\n2026-01-01 00:01,{cell}\n", template="A/r1/in-1")
    assert json.decode(found.frames[1].payload)["value"] == cell
    assert found.summary.examples["not-a-number"] == [f'f1.csv:3: "\\x1b[31mé{"x" * 54}..."']


def test_a_decimal_comma_that_was_not_stated_is_hinted_at(tmp_path: Path) -> None:
    found = imported(tmp_path, "time;value\n2026-01-01;20\n2026-01-01 00:01;20,5\n", template="A/r1/in-1")
    assert found.summary.examples["not-a-number"] == ['f1.csv:3: "20,5" (--decimal , would read it)']


def test_an_empty_cell_is_silence(tmp_path: Path) -> None:
    found = imported(
        tmp_path, "time,value\n2026-01-01,20\n2026-01-01 00:01,\u00a0\n2026-01-01 00:02,-999\n", template="A/r1/in-1", missing=["-999"]
    )
    assert found.summary.empty == 2
    assert len(found.frames) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Total: 3", "too-few-columns"),
        ("yesterday,r1,20", "bad-time"),
        ("1999-01-01,r1,20", "time-out-of-range"),
        ("2026-01-01,???,20", "bad-name"),
        ("2026-01-01,r9,20", "unknown-sensor"),
        ('2026-01-01,"r1,20', "open-quote"),
    ],
)
def test_a_row_that_cannot_be_used_is_kept_as_it_stands(tmp_path: Path, row: str, reason: str) -> None:
    found = imported(tmp_path, f"{LONG}{row}\n", sensor="name")
    assert found.summary.rejected == {reason: 1}
    assert found.letters == [(reason, row.encode())]
    assert [(letter.topic, letter.payload, letter.reason) for letter in found.replayed()[1]] == [
        ("import/f1.csv", row.encode(), "unknown-topic")
    ]
    assert len(found.readings) == 3


def test_bytes_that_are_no_text_come_back_as_they_were(tmp_path: Path) -> None:
    assert imported(tmp_path, LONG.encode() + b"2026-01-01,r\xff1,20\n", sensor="name").letters == [("not-utf8", b"2026-01-01,r\xff1,20")]


def test_a_row_that_comes_before_the_first_time_is_kept_too(tmp_path: Path) -> None:
    found = imported(tmp_path, "time,value\nunits,C\n2026-01-01,20\n", template="A/r1/in-1")
    assert found.letters == [("bad-time", b"units,C")]
    assert found.frames[0].at == START


def test_a_header_in_the_middle_is_no_reading_and_no_fault(tmp_path: Path) -> None:
    found = imported(tmp_path, LONG + LONG.replace("00:0", "01:0"), sensor="name")
    assert (found.summary.readings, found.summary.left_out, found.letters) == (6, 1, [])


def test_a_column_of_a_wide_table_that_the_site_does_not_know_spoils_no_other(tmp_path: Path) -> None:
    found = imported(tmp_path, "time,r1,door,r2\n2026-01-01,20,1,21\n", wide=True)
    assert [name for name, _, _ in found.readings] == ["r1/in-1", "r2/in-1"]
    assert found.letters == [("unknown-sensor", b"door=1")]


def test_labels_become_notes_where_they_begin_and_end(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01 00:0{minute},2{minute},{label}\n" for minute, label in enumerate("001120"))
    found = imported(tmp_path, "time,value,label\n" + rows, label="label", template="A/r1/in-1")
    notes = [event for event in found.replayed()[0] if isinstance(event, NoteEvent)]
    said = [(note.kind, note.text, note.target, (note.happened_at - START) // 60_000_000_000) for note in notes]
    assert said == [
        ("label", "1", "A/r1/in-1", 2),
        ("label-end", "1", "A/r1/in-1", 4),
        ("label", "2", "A/r1/in-1", 4),
        ("label-end", "2", "A/r1/in-1", 5),
    ]


def test_the_hour_that_comes_twice_is_imported_in_order(tmp_path: Path) -> None:
    rows = "".join(f"2026-10-25 {text},20\n" for text in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00"))
    found = imported(tmp_path, "time,value\n" + rows, timezone="Europe/Zurich", template="A/r1/in-1")
    steps = [second - first for (_, _, first), (_, _, second) in zip(found.readings, found.readings[1:], strict=False)]
    assert steps == [1800.0] * 5
    assert (found.summary.repeated_hour, found.summary.steps_back) == (4, 0)


def test_it_is_imported_in_order_too_where_the_newest_comes_first(tmp_path: Path) -> None:
    rows = "".join(f"2026-10-25 {text},20\n" for text in ("03:30", "03:00", "02:30", "02:00", "02:30", "02:00", "01:30"))
    found = imported(tmp_path, "time,value\n" + rows, timezone="Europe/Zurich", template="A/r1/in-1", order="time")
    steps = [second - first for (_, _, first), (_, _, second) in zip(found.readings, found.readings[1:], strict=False)]
    assert steps == [1800.0] * 6


def test_a_column_in_the_unit_of_something_else_is_no_thermometer_and_said(tmp_path: Path) -> None:
    text = "time,r1 (°C),Fan (%)\n2026-01-01,20,55\n2026-01-01 00:01,21,56\n"
    found = imported(tmp_path, text, wide=True)
    assert found.readings == [("r1/in-1", 20.0, 0.0), ("r1/in-1", 21.0, 60.0)]
    assert 'left out, as no temperatures by their units: "Fan (%)"' in found.summary.columns[0]


def test_two_columns_of_one_name_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'2 columns are called "r1": choose one by its number \(2 or 3\), as --value 2'):
        imported(tmp_path, "time,r1 (°C),r1\n2026-01-01,20,55\n", wide=True)
    assert imported(tmp_path, "time,r1,r1\n2026-01-01,20,55\n", wide=True, value=["3"]).readings == [("r1/in-1", 55.0, 0.0)]


def test_a_map_finds_a_wide_column_with_and_without_its_unit(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("a,A/r1/in-1\nb (°C),A/r2/in-1\n")
    found = imported(tmp_path, "time,a (°C),b (°C)\n2026-01-01,20,21\n", wide=True, template=None, sensor_map=tmp_path / "map.csv")
    assert found.readings == [("r1/in-1", 20.0, 0.0), ("r2/in-1", 21.0, 0.0)]


def test_files_without_a_row_are_named_beside_others(tmp_path: Path) -> None:
    found = imported(tmp_path, "", "time,value\n2026-01-01,20\n", "time,value\n", template="A/r1/in-1")
    assert found.summary.bare == ["f1.csv", "f3.csv"]
    assert "nothing in 2 files: f1.csv, f3.csv" in found.summary.lines()


def test_several_thermometers_that_become_one_are_asked_about(tmp_path: Path) -> None:
    found = imported(tmp_path, "time,device,value\n2026-01-01,a,20\n2026-01-01 00:01,b,21\n", template="A/r1/in-1")
    assert 'is it --sensor "device"?' in found.summary.columns[1]
    told = imported(tmp_path, "time,device,value\n2026-01-02,a,20\n2026-01-02 00:01,a,21\n", template="A/r1/in-1")
    assert len(told.summary.columns) == 1


def test_a_date_and_a_time_that_are_called_so_belong_together(tmp_path: Path) -> None:
    found = imported(tmp_path, "Date,Time,Temp (°C)\n2026-01-01,00:01:00,20\n", template="A/r1/in-1")
    assert found.readings == [("r1/in-1", 20.0, 60.0)]
    found = imported(tmp_path, "date,timestamp,temp\nmonday,2026-01-01 00:03,20\n", template="A/r1/in-1")
    assert found.readings[-1] == ("r1/in-1", 20.0, 180.0)


def test_two_names_never_become_one_thermometer(tmp_path: Path) -> None:
    text = "time,name,value\n2026-01-01,r 1,20\n2026-01-01,r-1,21\n2026-01-01 00:01,r 1,22\n"
    found = imported(tmp_path, text, sensor="name", site=None)
    assert [celsius for _, celsius, _ in found.readings] == [20.0, 22.0]
    assert found.summary.examples["bad-name"] == [
        "f1.csv:3: 'A/r-1/in-1' and 'A/r 1/in-1' would both be A/r-1/in-1 in \"2026-01-01,r-1,21\""
    ]


def test_every_reason_is_documented() -> None:
    section = (ROOT / "docs" / "recording.md").read_text("utf-8").partition("## Importing")[2].partition("## Exporting")[0]
    assert [trouble for trouble in Trouble if f"| `{trouble}` |" not in section] == []


# What was asked for wrongly


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (LONG, {"sensor": "nme"}, 'nearest: "name"'),
        (LONG, {"sensor": "9"}, "no such column"),
        ("a,b\n" + "2026-01-01,2\n", {}, "say which column has the time"),
        ("time,x\n2026-01-01,2\n", {}, "say which column has temperatures"),
        ("time,temp,temp\n2026-01-01,2,3\n", {"value": ["temp"]}, "by its number: 2 or 3"),
        (LONG, {"sensor": "name", "value": ["temperature", "name"]}, "say --wide"),
        (LONG, {"sensor": "name", "timezone": None}, "no reading in 3 rows(?s:.*)say --timezone"),
        ("x,y\n" + "1,2,3\n" * 3, {"time": ["time"]}, "seems to begin in line 2: say --skip 1"),
        ("time,a,b\n2026-01-01,2,3\n", {}, "or --wide if each of several is a thermometer"),
        ("value\n2\n", {}, "where none has it: --period and --start"),
        ("number mote value\n" + "1 1 20.5\n" * 3, {}, "where none has it: --period and --start"),
        ("time,value\n" + "1.2.2026 7:00,1\n" * 3, {}, "--time-format '%d.%m.%Y %H:%M' would read them"),
        ("time,device,value\n" + "2026-01-01,a,1\n" * 30, {"template": "{sensor}"}, 'as --sensor "device"'),
        ("time,value\n" + "2026-01-01 00:00,1\n" * 30, {"timezone": None}, "say --timezone"),
        ("time,value\n" + "01.02.2026,1\n" * 30, {}, "--time-format"),
        ("time,value\n" + "2026-01-01,1\n" * 30, {"template": "{sensor}"}, "--as A1"),
        (LONG, {"sensor": "name", "template": "B/{sensor}/in-1"}, "nearest: A/r1/in-1"),
        ("", {}, "no reading in 0 rows; f1.csv: nothing in it"),
        ("time,value\n", {}, "no reading in 0 rows; f1.csv: nothing in it"),
    ],
)  # fmt: skip
def test_what_was_asked_for_wrongly_is_said_and_leaves_nothing(tmp_path: Path, text: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        imported(tmp_path, text, **options)
    assert not (tmp_path / "rec").exists()


def test_thermometers_that_come_late_in_the_file_are_waited_for(tmp_path: Path) -> None:
    text = "time,name,value\n" + "".join(f"2026-01-01 00:{n:02},r9,20\n" for n in range(50)) + "2026-01-01 00:00,r1,20\n"
    found = imported(tmp_path, text, sensor="name")
    assert (found.summary.readings, found.summary.rejected["unknown-sensor"]) == (1, 50)
    assert len([frame for frame in found.frames if frame.topic != Own.NOTE]) == 51
