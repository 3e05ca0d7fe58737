"""Recordings to tables: long, wide, Parquet; and back again by `hotzone import`."""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from hotzone.app import exporting
from hotzone.app.errors import RunFailed, UserError
from hotzone.app.exporting import Request, export
from hotzone.app.exporting.text import harmless
from hotzone.app.importing import import_files
from hotzone.app.importing.plan import Options, plan_of
from hotzone.config.loader import loads
from hotzone.config.printable import printable
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.payload import decode
from hotzone.sensors.recording import Recording, RecordingWriter
from support.commands import call
from support.imports import SITE, START

SECOND = 1_000_000_000
TOPICS = ("dc/h/A/r1/in-1", "dc/h/A/r2/in-1")


class Said(NamedTuple):
    """A reading to be recorded; times in ns since START."""

    place: int
    value: float
    at: int
    measured: int | None = None
    sequence: int | None = None


def recorded(folder: Path, said: Sequence[Said | Frame], site: str = SITE) -> Path:
    """A recording of these."""
    frames = [Frame(START - 1, Own.START, b"{}")]
    for one in said:
        if isinstance(one, Frame):
            frames.append(one)
            continue
        payload: dict[str, Any] = {"value": one.value, "unit": "C"}
        if one.measured is not None:
            payload["time"] = START + one.measured
        if one.sequence is not None:
            payload["sequence"] = one.sequence
        frames.append(Frame(START + one.at, TOPICS[one.place], json.encode(payload)))
    with RecordingWriter(folder / "rec", site_source=site, version="t", started=0) as writer:
        writer.append(frames)
    return folder / "rec"


def table(folder: Path, **request: Any) -> list[list[str]]:
    """The rows of its export."""
    export(Request(recording=folder / "rec", out=str(folder / "x.csv"), **request), shown=False)
    return list(csv.reader(io.StringIO((folder / "x.csv").read_text("utf-8"))))


SOME = [Said(0, 21.5, 0, 0, 7), Said(1, 22.0, SECOND, 0), Said(0, 23.0, 60 * SECOND, 59 * SECOND + 1), Said(1, 24.0, 61 * SECOND)]


def test_a_long_table_has_a_reading_a_row_to_the_nanosecond(tmp_path: Path) -> None:
    recorded(tmp_path, SOME)
    assert table(tmp_path) == [
        ["time", "arrived", "sensor", "zone", "celsius", "sequence"],
        ["2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:00.000000000Z", "A/r1/in-1", "A", "21.5", "7"],
        ["2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:01.000000000Z", "A/r2/in-1", "A", "22.0", ""],
        ["2026-01-01T00:00:59.000000001Z", "2026-01-01T00:01:00.000000000Z", "A/r1/in-1", "A", "23.0", ""],
        ["2026-01-01T00:01:01.000000000Z", "2026-01-01T00:01:01.000000000Z", "A/r2/in-1", "A", "24.0", ""],
    ]


def test_a_wide_table_puts_readings_of_one_time_side_by_side(tmp_path: Path) -> None:
    recorded(tmp_path, SOME)
    assert table(tmp_path, wide=True) == [
        ["time", "A/r1/in-1", "A/r2/in-1"],
        ["2026-01-01T00:00:00.000000000Z", "21.5", "22.0"],
        ["2026-01-01T00:00:59.000000001Z", "23.0", ""],
        ["2026-01-01T00:01:01.000000000Z", "", "24.0"],
    ]


def test_a_reading_that_comes_twice_at_one_time_takes_no_other_away(tmp_path: Path) -> None:
    recorded(tmp_path, [Said(0, 1.0, 0, 0), Said(0, 2.0, 1, 0), Said(1, 3.0, 2, 0)])
    assert [row[1:] for row in table(tmp_path, wide=True)[1:]] == [["1.0", ""], ["2.0", "3.0"]]


def test_steps_hold_the_last_value_that_arrived(tmp_path: Path) -> None:
    recorded(tmp_path, [*SOME, Said(0, 25.0, 185 * SECOND)])
    assert table(tmp_path, wide=True, every=60 * SECOND)[1:] == [
        ["2026-01-01T00:00:00.000000000Z", "21.5", "22.0"],
        ["2026-01-01T00:01:00.000000000Z", "23.0", "24.0"],
        ["2026-01-01T00:03:00.000000000Z", "25.0", ""],
    ]


@pytest.mark.parametrize(("unit", "name", "value"), [("F", "fahrenheit", "70.7"), ("K", "kelvin", "294.65")])
def test_the_column_says_its_unit(tmp_path: Path, unit: str, name: str, value: str) -> None:
    recorded(tmp_path, SOME)
    rows = table(tmp_path, unit=unit)
    assert (rows[0][4], rows[1][4]) == (name, value)


def test_thermometers_and_times_are_chosen(tmp_path: Path) -> None:
    recorded(tmp_path, SOME)
    assert {row[2] for row in table(tmp_path, sensors=("A/r1/*",))[1:]} == {"A/r1/in-1"}
    assert [row[4] for row in table(tmp_path, since=START + SECOND, until=START + 61 * SECOND)[1:]] == ["22.0", "23.0"]
    assert table(tmp_path, sensors=("A/r1/*",), wide=True)[0] == ["time", "A/r1/in-1"]


def test_what_is_no_reading_is_counted_and_left_out(tmp_path: Path) -> None:
    others = [Frame(START + 2, TOPICS[0], b"hot"), Frame(START + 3, "dc/h/gateways/r1/state", b"online"), Frame(START + 4, Own.TICK, b"{}")]
    recorded(tmp_path, [Said(0, 1.0, 0), *others])
    done = export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.csv")), shown=False)
    assert (done.rows, done.rejected, done.others, done.damage) == (1, {"not-a-number": 1}, 1, [])
    chosen = export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.csv"), sensors=("A/r2/*",)), shown=False)
    assert (chosen.rows, chosen.rejected, chosen.others) == (0, {}, 1)
    recorded(tmp_path / "bad", others)
    with pytest.raises(RunFailed, match="no reading that could be exported: not-a-number 1"):
        export(Request(recording=tmp_path / "bad" / "rec", out=str(tmp_path / "x.csv")), shown=False)


def test_without_a_site_topics_are_names_and_no_formulas(tmp_path: Path) -> None:
    evil = Frame(START + 1, '=HYPERLINK("x";"y"),1', b"20")
    recorded(tmp_path, [Said(0, 1.0, 0), evil, Frame(START + 2, "@SUM(1)", b"x")], site="")
    assert [row[2:4] for row in table(tmp_path)[1:]] == [[TOPICS[0], ""], ["'" + evil.topic, ""]]
    assert table(tmp_path, wide=True)[0] == ["time", TOPICS[0], "'" + evil.topic]
    assert [row[2] for row in table(tmp_path, site=loads(SITE))[1:]] == ["A/r1/in-1"]


@pytest.mark.parametrize("wide", [False, True])
def test_without_a_site_what_is_no_reading_is_counted_too(tmp_path: Path, wide: bool) -> None:
    recorded(tmp_path, [Said(0, 1.0, 0), Frame(START + 1, "dc/state", b"online"), Frame(START + 2, Own.TICK, b"{}")], site="")
    done = export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.csv"), wide=wide), shown=False)
    assert (done.rows, done.rejected, done.others) == (1, {"not-a-number": 1}, 0)


def test_without_a_site_a_pattern_that_chooses_no_topic_is_a_mistake(tmp_path: Path) -> None:
    recorded(tmp_path, [Said(0, 1.0, 0)], site="")
    with pytest.raises(UserError, match=rf"none is called so; nearest: {TOPICS[0]}"):
        export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.csv"), sensors=("dc/h/A/r2/in-1",)), shown=False)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_name_that_a_spreadsheet_would_compute_is_text(name: str) -> None:
    assert harmless(name) == "'" + printable(name)
    assert harmless("A1/r1/in") == "A1/r1/in"


def test_a_packed_table_is_the_same_every_time(tmp_path: Path) -> None:
    recorded(tmp_path, SOME)
    rows = (tmp_path / "x.csv", tmp_path / "a.csv.gz", tmp_path / "b.csv.gz")
    for path in rows:
        export(Request(recording=tmp_path / "rec", out=str(path)), shown=False)
    assert gzip.decompress(rows[1].read_bytes()) == rows[0].read_bytes()
    assert rows[1].read_bytes() == rows[2].read_bytes()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"out": "x.xlsx"}, "ends in .csv, .csv.gz or .parquet"),
        ({"out": "x.parquet", "wide": True}, "--wide"),
        ({"out": "x.csv", "every": 1}, "needs --wide"),
        ({"out": "x.csv", "unit": "R"}, "expected C, F or K"),
        ({"out": "x.csv", "since": 2, "until": 2}, "nothing between"),
        ({"out": "x.csv", "sensors": ("A/r3/in-1",)}, "nearest: A/r"),
    ],
)
def test_what_was_asked_for_wrongly_is_said(tmp_path: Path, request_: dict[str, Any], message: str) -> None:
    recorded(tmp_path, SOME)
    with pytest.raises(UserError, match=message):
        export(Request(recording=tmp_path / "rec", **request_), shown=False)


def test_a_table_that_could_not_be_finished_is_not_there_and_the_one_before_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path, SOME)
    before = table(tmp_path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.run, "write_long", full)
    with pytest.raises(RunFailed, match=r"cannot write .*x\.csv: No space left"):
        table(tmp_path)
    assert list(csv.reader((tmp_path / "x.csv").open())) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rec", "x.csv"]


def test_a_damaged_recording_is_exported_around_the_damage(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415  needed here alone

    with RecordingWriter(tmp_path / "rec", site_source=SITE, version="t", started=0, merged=1) as writer:
        for at in range(3):
            writer.append([Frame(START + at, TOPICS[0], b"%d" % at)])
            writer.commit()
    with sqlite3.connect(tmp_path / "rec" / "000001.hzlog") as database:
        database.execute("UPDATE chunks SET blob = x'00' WHERE id = 1")
    done = export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.csv")), shown=False)
    assert done.rows == 2
    assert "1 frame is lost" in done.damage[0]


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra hotzone[parquet] is not installed")
    recorded(tmp_path, SOME)
    export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.parquet")), shown=False)
    found = parquet.read_table(tmp_path / "x.parquet")
    assert [str(kind) for kind in found.schema.types[:2]] == ["timestamp[ns, tz=UTC]"] * 2
    assert [moment.value for moment in found["time"]] == [START, START, START + 59 * SECOND + 1, START + 61 * SECOND]
    assert found.drop(["time", "arrived"]).to_pylist()[0] == {"sensor": "A/r1/in-1", "zone": "A", "celsius": 21.5, "sequence": 7}
    assert found["celsius"].to_pylist() == [21.5, 22.0, 23.0, 24.0]
    assert found["sequence"].to_pylist() == [7, None, None, None]


def test_without_the_extra_its_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys  # noqa: PLC0415  needed here alone

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    recorded(tmp_path, SOME)
    with pytest.raises(UserError, match=r"pip install 'hotzone\[parquet\]'"):
        export(Request(recording=tmp_path / "rec", out=str(tmp_path / "x.parquet")), shown=False)
    assert not (tmp_path / "x.parquet").exists()


def test_the_command_writes_to_standard_output_and_counts_beside_it(tmp_path: Path) -> None:
    recorded(tmp_path, SOME)
    done = call(tmp_path, "export", "rec", "-", "--from", "2026-01-01T00:00:01Z")
    assert (done.returncode, done.stderr) == (0, "3 rows to standard output\n")
    assert len(done.stdout.splitlines()) == 4


READINGS = st.lists(
    st.builds(
        Said,
        place=st.integers(0, 1),
        value=st.floats(-273.15, 1e5),
        at=st.just(0),
        measured=st.integers(-(10**12), 10**15),
        sequence=st.none() | st.integers(0, 2**40),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(said=READINGS, wide=st.booleans())
def test_what_was_exported_is_imported_the_same(tmp_path_factory: pytest.TempPathFactory, said: list[Said], wide: bool) -> None:
    folder = tmp_path_factory.mktemp("round")
    said = [one._replace(at=index) for index, one in enumerate(said)]
    recorded(folder, said)
    table(folder, wide=wide)
    columns: dict[str, Any] = {"wide": True} if wide else {"sensor": "sensor", "sequence": "sequence"}
    import_files(plan_of(Options(files=[str(folder / "x.csv")], **columns)), folder / "again", loads(SITE), None, shown=False)
    frames = [frame for chunk in Recording(folder / "again").frames() for frame in chunk if frame.topic in TOPICS]
    came = [(frame.topic, *_parts(frame.payload, sequence=not wide)) for frame in frames]
    sent = [(TOPICS[one.place], one.value, START + (one.measured or 0), None if wide else one.sequence) for one in said]
    if wide:  # of one time, a row is in the order of its columns
        came, sent = sorted(came, key=_place), sorted(sent, key=_place)
    assert came == sent


def _place(reading: tuple[str, float, int | None, int | None]) -> tuple[str, int, float]:
    return reading[0], reading[2] or 0, reading[1]


def _parts(payload: bytes, *, sequence: bool) -> tuple[float, int | None, int | None]:
    sample = decode(payload)
    return sample.celsius, sample.measured_at, sample.sequence if sequence else None
