"""Files as loggers and spreadsheets write them, to lines of cells."""

import gzip
import os
from pathlib import Path
from threading import Thread

import pytest

from hotzone.sensors.tables import Dialect, Table, TableError, Trouble


def rows(folder: Path, content: bytes, **dialect: object) -> list[list[str]]:
    with Table(file(folder, content), Dialect(**dialect)) as table:
        return [line.cells for line in table]


def file(folder: Path, content: bytes, name: str = "t.csv") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (b"a,b\n1,2\n3,4\n", ["1", "2"]),
        (b"a;b\n1,5;2,5\n3,5;4,5\n", ["1,5", "2,5"]),
        (b"a\tb\n1\t2\n", ["1", "2"]),
        (b"a|b\n1|2\n", ["1", "2"]),
        (b"1 17,9 23,2\n2 17,8 23,3\n3 4 5,1\n", ["1", "17,9", "23,2"]),
        (b"a b c\n1\t2  3\n4\t5\t6\n", ["1", "2", "3"]),
        (b"time,value\n2026-01-01 00:00:00,23\n2026-01-01 00:01:00,24\n", ["2026-01-01 00:00:00", "23"]),
    ],
    ids=[
        "comma",
        "semicolon with decimal commas",
        "tab",
        "pipe",
        "numbers with decimal commas",
        "a header with spaces over columns with tabs",
        "times with a space",
    ],
)
def test_the_delimiter_is_found_out(tmp_path: Path, content: bytes, first: list[str]) -> None:
    assert rows(tmp_path, content)[0] == first


def test_a_stated_decimal_comma_is_no_delimiter(tmp_path: Path) -> None:
    assert rows(tmp_path, b"1 17,9 23,2\n2 17,8 23,3\n", decimal=",") == [["1", "17,9", "23,2"], ["2", "17,8", "23,3"]]


def test_a_header_is_a_first_row_without_numbers(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"Zeit; Temp  innen\n1;2\n"), Dialect()) as table:
        assert table.header == ("Zeit", "Temp innen")
    assert rows(tmp_path, b"1;2\n3;4\n") == [["1", "2"], ["3", "4"]]
    assert rows(tmp_path, b"time;1;2\n3;4;5\n", header=True) == [["3", "4", "5"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path, encoding: str) -> None:
    with Table(file(tmp_path, "t;°C\r\n1;2\r\n".encode(encoding)), Dialect()) as table:
        assert table.header == ("t", "°C")
        assert [line.cells for line in table] == [["1", "2"]]


def test_a_header_in_another_encoding_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="--encoding cp1252"):
        rows(tmp_path, "t;°C\n1;2\n".encode("cp1252"))
    assert rows(tmp_path, "t;°C\n1;2\n".encode("cp1252"), encoding="cp1252") == [["1", "2"]]


def test_bytes_that_are_no_text_spoil_only_their_line(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"t;v\n1;2\n2;\xff\xfe\n3;4\n"), Dialect()) as table:
        assert [(line.number, line.trouble) for line in table] == [(2, None), (3, Trouble.NOT_UTF8), (4, None)]


def test_quoted_cells_hold_delimiters_and_ends_of_lines(tmp_path: Path) -> None:
    assert rows(tmp_path, b't,name\n1,"a, ""b"""\n2,"c\nd"\n3,e\n') == [["1", 'a, "b"'], ["2", "c\nd"], ["3", "e"]]


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_ends_of_lines_end_lines(tmp_path: Path, odd: str) -> None:
    assert rows(tmp_path, f't,note,"name"\n1,two{odd}lines,"r1"\n'.encode()) == [["1", f"two{odd}lines", "r1"]]


def test_a_quoted_cell_may_be_as_long_as_a_line(tmp_path: Path) -> None:
    assert rows(tmp_path, b't,name\n1,"%s"\n' % (b"x" * 500_000)) == [["1", "x" * 500_000]]


def test_a_header_may_go_over_two_lines(tmp_path: Path) -> None:
    with Table(file(tmp_path, b'time,"Temp\n(C)"\n1,2\n'), Dialect()) as table:
        assert table.header == ("time", "Temp (C)")
        assert [(line.number, line.cells) for line in table] == [(3, ["1", "2"])]


def test_a_quotation_mark_that_is_never_closed_takes_only_its_own_line(tmp_path: Path) -> None:
    content = b't,v\n1,"2\n' + b"".join(b"%d,3\n" % n for n in range(20))
    with Table(file(tmp_path, content), Dialect()) as table:
        lines = list(table)
    assert lines[0].trouble is Trouble.OPEN_QUOTE
    assert [line.cells[0] for line in lines[1:]] == [str(n) for n in range(20)]


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"t,v\n1,2\n" + b"x" * 3_000_000 + b"\n2,3\n"), Dialect()) as table:
        assert [(line.number, line.trouble) for line in table] == [(2, None), (3, Trouble.TOO_LONG), (4, None)]


def test_compression_is_found_out_by_content(tmp_path: Path) -> None:
    assert rows(tmp_path, gzip.compress(b"t,v\n1,2\n")) == [["1", "2"]]


def test_a_truncated_gz_gives_what_there_is_and_says_so(tmp_path: Path) -> None:
    lines = b"".join(b"%d,%d\n" % (n, n * 7919 % 1000) for n in range(5000))
    with Table(file(tmp_path, gzip.compress(b"t,v\n" + lines)[:-2000]), Dialect()) as table:
        count = sum(1 for _ in table)
    assert 0 < count < 5000
    assert "cannot be read after line" in table.damage


def test_a_spreadsheet_is_not_taken_for_text(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="save it as CSV"):
        rows(tmp_path, b"PK\x03\x04rest")


def test_a_first_line_may_tell_the_delimiter(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"sep=;\na,b;c\n1,2;3\n"), Dialect()) as table:
        assert table.header == ("a,b", "c")
        assert [(line.number, line.cells) for line in table] == [(3, ["1,2", "3"])]


def test_lines_before_the_table_are_skipped_and_blank_ones_ignored(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"Logger 7\nserial 12\nt,v\n\n1,2\n\n \n2,3\n"), Dialect(skip=2)) as table:
        assert [(line.number, line.cells) for line in table] == [(5, ["1", "2"]), (8, ["2", "3"])]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_rows(tmp_path: Path, content: bytes) -> None:
    assert rows(tmp_path, content) == []


def test_what_is_not_there_or_no_delimiter_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="No such file"):
        Table(str(tmp_path / "none"), Dialect())
    with pytest.raises(TableError, match="--delimiter ab"):
        Dialect.delimited("ab")
    with pytest.raises(TableError, match="--encoding klingon"):
        rows(tmp_path, b"a", encoding="klingon")
    assert [Dialect.delimited(name) for name in ("tab", "space", ";", None)] == ["\t", "", ";", None]


TITLED = '"Trend Report: DC East"\n"Generated","01/15/2025 12:00:00 AM"\n\n"Timestamp","Rack 1","Rack 2"\n'


def test_titles_before_a_table_are_noticed(tmp_path: Path) -> None:
    body = "".join(f'"01/01/2025 12:{minute}:00 AM","69.7","72.0"\n' for minute in range(10, 30))
    with Table(file(tmp_path, (TITLED + body).encode()), Dialect()) as table:
        assert table.delimiter == ","
        assert table.advice == "; its table seems to begin in line 4: say --skip 3"
    with Table(file(tmp_path, (TITLED + body).encode()), Dialect(skip=3)) as table:
        assert (table.header, table.advice) == (("Timestamp", "Rack 1", "Rack 2"), "")


def test_a_title_may_have_the_empty_columns_of_the_table(tmp_path: Path) -> None:
    with Table(file(tmp_path, b"Temperatures;;\nTime;A;B\n2026-01-01;1;2\n2026-01-01;1;2\n"), Dialect()) as table:
        assert "say --skip 1" in table.advice


@pytest.mark.parametrize("content", [b"", b"value\n1\n2\n", b"time,value\n1,2\n"])
def test_a_table_without_titles_gives_no_such_advice(tmp_path: Path, content: bytes) -> None:
    with Table(file(tmp_path, content), Dialect()) as table:
        assert table.advice == ""


def test_a_pipe_is_read_though_nobody_knows_how_far_it_goes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b"time,value\n2026-01-01,2\n",))
    writer.start()
    with Table(str(pipe), Dialect()) as table:
        assert [line.cells for line in table] == [["2026-01-01", "2"]]
        assert (table.position, table.size) == (0, 0)
    writer.join()
