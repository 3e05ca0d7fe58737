"""What a table may hold: each cell of the corpus gets its verdict by an import, and so does each of its payloads as a cell."""

import csv
import gzip
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from corpus import cells
from corpus.cells import Cell
from corpus.lines import HERE, written
from msgspec import json

from hotzone.app.errors import UserError
from hotzone.config.units import SECOND
from hotzone.sensors.frame import Own
from hotzone.sensors.payload import PayloadError, decode
from support.bad_input import Run, load
from support.imports import START, Imported, imported

CELLS = [json.decode(text, type=Cell) for text in (HERE / "cells.jsonl").read_bytes().splitlines()]
GOOD = "20.5"
LONGEST = 65_000
"""Characters of a payload that is tried as a cell: with what stands around them they are no more than a payload may have."""
LIMIT_S = 5.0
"""Of processor time for one hostile table."""


def table(values: Iterable[str]) -> str:
    """A long table of one thermometer, a value a second; every tenth line is good, so that it is none that was asked for wrongly."""
    held = io.StringIO()
    out = csv.writer(held, quoting=csv.QUOTE_ALL, lineterminator="\n")
    out.writerow(["time", "name", "value"])
    for number, value in enumerate(values):
        if number % 10 == 0:
            out.writerow([START // SECOND - 100_000 + number, "r1", GOOD])
        out.writerow([START // SECOND + number, "r1", value])
    return held.getvalue()


def verdicts(found: Imported) -> dict[int, tuple[str, float | None]]:
    """By the second that a frame was measured in: the reason of its rejection, and what it says."""
    seen: dict[int, tuple[str, float | None]] = {}
    for frame in found.frames:
        if frame.topic == Own.NOTE:
            continue
        said = re.search(rb'"time":(\d+)', frame.payload)
        assert said is not None, frame
        second = (int(said[1]) * 1_000_000 - START) // SECOND
        try:
            seen[second] = ("", decode(frame.payload).celsius)
        except PayloadError as error:
            seen[second] = (error.reason, None)
    return seen


def check(found: Imported, expected: dict[int, tuple[str, float | None]], empty: int) -> None:
    """Every cell by its verdict; the counts, the letters and a replay agree."""
    seen = {second: verdict for second, verdict in verdicts(found).items() if second >= 0}
    assert seen == expected
    reasons = Counter(reason for reason, _ in expected.values() if reason)
    assert found.summary.rejected == reasons
    assert found.summary.empty == empty
    assert Counter(reason for reason, _ in found.letters) == reasons
    assert Counter(one.reason for one in found.replayed()[1]) == reasons
    goods = sum(verdict == ("", 20.5) for second, verdict in verdicts(found).items() if second < 0)
    assert found.summary.readings == len(expected) - reasons.total() + goods
    for text in found.summary.lines():
        assert text.isprintable(), text


def test_every_cell_of_the_corpus_gets_its_verdict(tmp_path: Path) -> None:
    found = imported(tmp_path, table(written(cell.text).decode() for cell in CELLS), sensor="name", time_format="s")
    expected = {number: (cell.reason, cell.celsius) for number, cell in enumerate(CELLS) if cell.expect != "empty"}
    check(found, expected, sum(cell.expect == "empty" for cell in CELLS))


def test_every_payload_of_the_corpus_gets_one_as_a_cell(tmp_path: Path) -> None:
    texts = [text for line in load("bytes", "json", "values", "times") if (text := as_cell(line.payload_bytes)) is not None]
    assert len(texts) > 500
    found = imported(tmp_path, table(texts), sensor="name", time_format="s")
    judged = [cells.verdict(text) for text in texts]
    expected = {number: (reason, celsius) for number, (expect, reason, celsius) in enumerate(judged) if expect != "empty"}
    check(found, expected, sum(expect == "empty" for expect, _, _ in judged))


def as_cell(payload: bytes) -> str | None:
    """The payload as text of a cell; None for what cannot stand in one."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) < LONGEST and text.count("\n") < 3 and "\r" not in text else None


# Tables made to hurt

ROW = "time,name,value\n2026-01-01T00:00:00Z,r1,20.5\n"
Made = tuple[str, Callable[[], bytes], str]
REFUSED: list[Made] = [
    ("nothing", lambda: b"", "nothing"),
    ("noughts", lambda: bytes(1_000_000), "no such column"),
    ("a program", lambda: b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 100, "no such column"),
    ("a spreadsheet", lambda: b"PK\x03\x04" + bytes(100), "save it as CSV"),
    ("a header and nothing", lambda: b"time,name,value\n", "nothing"),
    ("two columns of one name", lambda: b"time,name,value,value\n2026-01-01T00:00:00Z,r1,20,21\n", "2 columns of that name"),
    (
        "a quotation mark that is never closed, in the header",
        lambda: b'time,"name,value\n' + b"x,y,z\n" * 20,
        "header cannot be read .open-quote",
    ),
    ("a bomb of gzip", lambda: gzip.compress(bytes(100_000_000), 9), "a line of more than 64 MiB|header cannot be read .too-long"),
    ("half a gzip", lambda: gzip.compress(ROW.encode() * 1000)[:20], "cannot be read after line 0"),
    ("a gzip in a gzip", lambda: gzip.compress(gzip.compress(ROW.encode())), "header is not utf-8"),
    ("lines without end", lambda: b"time,name,value\n" + b"," * 70_000_000, "too-long 1"),
    ("UTF-16 without a mark", lambda: ROW.encode("utf-16-le"), "no such column"),
    (
        "a hundred thousand columns",
        lambda: b",".join(b"c%d" % number for number in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n",
        "no such",
    ),
]
MIXED: list[tuple[str, Callable[[], bytes], int, dict[str, int]]] = [
    ("bytes that are no UTF-8", lambda: ROW.encode() + b"2026-01-01T00:00:01Z,r1,2\xff\n", 1, {"not-utf8": 1}),
    ("a quotation mark that is never closed", lambda: ROW.encode() + b'2026-01-01T00:00:01Z,r1,"21\n' + GOOD_LINES, 21, {"open-quote": 1}),
    ("a line of 2 MiB", lambda: ROW.encode() + b"x" * 2**21 + b"\n" + GOOD_LINES, 21, {"too-long": 1}),
    ("a line cut short", lambda: ROW.encode() + b"2026-01-01T00:00:01Z\n", 1, {"too-few-columns": 1}),
    ("ten thousand cells too many", lambda: ROW.encode() + b"2026-01-01T00:00:01Z,r1,21" + b",x" * 10_000 + b"\n", 2, {}),
    ("the header again and again", lambda: (ROW + ROW.splitlines()[0] + "\n").encode() * 2, 2, {}),
    ("a thermometer that there is not", lambda: ROW.encode() + b"2026-01-01T00:00:01Z,<script>,21\n", 1, {"unknown-sensor": 1}),
    ("a name of nothing", lambda: ROW.encode() + "2026-01-01T00:00:01Z,\u202e,21\n".encode(), 1, {"bad-name": 1}),
    ("a time of nonsense", lambda: ROW.encode() + b"2026-02-30T00:00:00Z,r1,21\n", 1, {"bad-time": 1}),
    ("a time that nothing can hold", lambda: ROW.encode() + b"9999-12-31T23:59:59Z,r1,21\n", 1, {"time-out-of-range": 1}),
    ("a NUL in a line", lambda: ROW.encode() + b"2026-01-01T00:00:01Z,r1,2\x001\n", 1, {"not-a-number": 1}),
]
GOOD_LINES = b"".join(b"2026-01-01T00:01:%02dZ,r1,20.5\n" % second for second in range(20))


@pytest.mark.parametrize(("name", "make", "said"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_table_that_is_none_is_refused_in_words(name: str, make: Callable[[], bytes], said: str, tmp_path: Path) -> None:
    del name
    content = make()
    began = time.process_time()
    with pytest.raises(UserError, match=said) as caught:
        imported(tmp_path, content, sensor="name", value=["value"], time=["time"])
    assert time.process_time() - began < LIMIT_S
    assert len(str(caught.value)) < 2000
    assert all(text.isprintable() for text in str(caught.value).splitlines())
    assert not (tmp_path / "rec").exists() or not list((tmp_path / "rec").glob("*.hzlog"))


@pytest.mark.parametrize(("name", "make", "readings", "reasons"), MIXED, ids=[name for name, _, _, _ in MIXED])
def test_a_line_that_is_none_takes_no_other_with_it(
    name: str, make: Callable[[], bytes], readings: int, reasons: dict[str, int], tmp_path: Path
) -> None:
    del name
    found = imported(tmp_path, make(), sensor="name")
    assert found.summary.readings == readings
    assert found.summary.rejected == reasons
    assert Counter(reason for reason, _ in found.letters) == reasons
    assert all(text.isprintable() for text in found.summary.lines())


def test_a_device_without_end_is_given_up_after_64_mib(run: Run) -> None:
    code, _, complaint = run("import", "/dev/zero", "--plain")
    assert code == 2
    assert "a line of more than 64 MiB" in complaint


@pytest.mark.parametrize("name", ["=cmd|' -C calc'!A0.csv", "\x1b[2J.csv", "\u202evsc.csv", "a\nb.csv", "b\udcff.csv", "-.csv", "+#.csv"])
def test_the_name_of_a_file_is_told_and_not_obeyed(name: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / name).write_text(f"{ROW}a line cut short\n")
    code, out, complaint = run("import", f"./{name}", "--sensor", "name", "--as", "A/{sensor}/in-1", "--recording", "rec", "--plain")
    assert code == 0, complaint
    said = (out + complaint).splitlines()
    assert all(text.isprintable() for text in said)
    assert any(".csv:3: 1 of 3" in text for text in said)
    code, out, _ = run("show", "rec", "--dead-letters")
    assert "too-few-columns import/" in out
    assert len(out.splitlines()) == 1
