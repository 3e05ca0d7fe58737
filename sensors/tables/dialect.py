"""From a file to lines of cells: compression, encoding, delimiter, header.

A line is a line: a quoted cell may go over a few of them, but a quotation mark that is never closed takes only its own line with it. So
each line has its number in the file, and no damage swallows what follows.
"""

import csv
import gzip
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from msgspec import Struct

from ...config.printable import printable
from .errors import TableError, Trouble

LONGEST_LINE: Final = 1024 * 1024
ENDLESS_LINE: Final = 64 * LONGEST_LINE
"""Characters of one line after which nothing more is read: a device, or an archive made to be large."""
QUOTED_LINES: Final = 10
"""Lines that one quoted cell may go over."""
csv.field_size_limit(QUOTED_LINES * LONGEST_LINE)
_SNIFFED: Final = 50
_DELIMITERS: Final = ("\t", ";", "|", ",", "")
"""In the order in which they are believed; "" is any white space."""
_BELIEVED: Final = 0.5
_NAMES: Final = {"tab": "\t", "\\t": "\t", "space": "", "whitespace": "", " ": "", "comma": ",", "semicolon": ";", "pipe": "|"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NUMERIC: Final = re.compile(r"\W*\d")
_NUMBER: Final = r"[+-]?\d+(?:[.,]\d+)?"
_PLAIN: Final = re.compile(rf"\s*{_NUMBER}(?:[ \t]+{_NUMBER})+\s*")
"""Numbers between white space; where their decimal sign is a comma, it would be taken for a delimiter."""
_SEP: Final = re.compile(r'"?sep=([^"])"?\s*', re.IGNORECASE)
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Dialect(Struct, frozen=True, kw_only=True):
    """How the file is written; None: found out from its first lines."""

    delimiter: str | None = None
    header: bool | None = None
    skip: int = 0
    """Lines before the header, or before the first row where there is none."""
    encoding: str = "utf-8"
    decimal: str = "."

    @classmethod
    def delimited(cls, delimiter: str | None) -> str | None:
        """A delimiter as people name it: itself, `tab` or `space`. Raises TableError."""
        if delimiter is None:
            return None
        known = _NAMES.get(delimiter.lower(), delimiter)
        if len(known) > 1 or known == '"':
            msg = f"--delimiter {delimiter}: expected one character, tab or space"
            raise TableError(msg)
        return known


class Line(NamedTuple):
    """One row. `trouble` says why its cells are not to be used."""

    number: int
    text: str
    cells: list[str]
    trouble: Trouble | None = None


class Table:
    """An open file, rows from front to back. Use it as a context. `-` is standard input."""

    def __init__(self, path: str, dialect: Dialect) -> None:
        self.path = path
        self.name = "standard input" if path == "-" else printable(Path(path).name)
        """For people, and for the topics of its lines."""
        self.damage = ""
        """Why reading ended before the end of the file did."""
        self.size = 0
        """Bytes of the file; 0 when nobody knows."""
        self._number = 0
        self._raw, self._text = _opened(path, dialect)
        try:
            if self._raw.seekable():
                self.size = Path(path).stat().st_size if path != "-" else 0
            for _ in range(dialect.skip):
                self._physical()
            self._ahead: deque[tuple[int, str]] = deque()
            self._look_ahead()
            told = self._told()
            self._first = tuple(self._ahead)
            self.delimiter = dialect.delimiter if dialect.delimiter is not None else told or _sniffed(self._sample(), dialect.decimal)
            self._pending: deque[Line] = deque()
            self._pending.extend(line for _, line in zip(range(2), self._lines(), strict=False))
            self.width = max((len(line.cells) for line in self._pending), default=0)
            has_header = dialect.header
            if has_header is None:
                has_header = bool(self._pending) and not any(_NUMERIC.match(cell) for cell in self._pending[0].cells)
            self.header: tuple[str, ...] | None = None
            if has_header and self._pending:
                self.header = self._titles(self._pending.popleft(), dialect.encoding)
        except BaseException:
            self._raw.close()
            raise

    def _titles(self, line: Line, encoding: str) -> tuple[str, ...]:
        if line.trouble is not None:
            msg = f"{self.name}:{line.number}: the header cannot be read ({line.trouble})"
            if line.trouble is Trouble.NOT_UTF8:
                msg = f"{self.name}:{line.number}: the header is not {encoding}: say --encoding cp1252, or what it was written in"
            raise TableError(msg)
        return tuple(" ".join(cell.split()) for cell in line.cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._text.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """Bytes of the file read so far, compressed as they are; 0 of a pipe."""
        return self._raw.tell() if self.size else 0

    @property
    def advice(self) -> str:
        """Where its first lines are titles: how to pass over them."""
        rows = [(number, self.split(text)) for number, text in self._first if text.strip()]
        usual, _ = Counter(len(cells) for _, cells in rows[len(rows) // 2 :]).most_common(1)[0] if rows else (0, 0)
        if usual < 2:
            return ""
        number = next((number for number, cells in rows if len(cells) == usual and sum(map(bool, cells)) > 1), rows[0][0])
        before = number - 1
        return f"; its table seems to begin in line {number}: say --skip {before}" if rows[0][0] < number else ""

    def __iter__(self) -> Iterator[Line]:
        while self._pending:
            yield self._pending.popleft()
        yield from self._lines()

    def _lines(self) -> Iterator[Line]:
        while (physical := self._next()) is not None:
            number, text = physical
            if text and not text.isspace():
                yield self._line(number, text)

    def _line(self, number: int, text: str) -> Line:
        if len(text) > LONGEST_LINE:
            return Line(number, text[:LONGEST_LINE], [], Trouble.TOO_LONG)
        if not text.isascii() and _SURROGATE.search(text):
            return Line(number, text, [], Trouble.NOT_UTF8)
        if '"' not in text:
            return Line(number, text, self.split(text))
        whole, taken = text, 0
        while whole.count('"') % 2:
            if taken == QUOTED_LINES - 1 or (more := self._peek(taken)) is None:
                return Line(number, text, [], Trouble.OPEN_QUOTE)
            whole += "\n" + more
            taken += 1
        for _ in range(taken):
            self._next()
        return Line(number, whole, self.split(whole))

    def split(self, text: str) -> list[str]:
        """The cells of a line."""
        if '"' in text:
            lines = io.StringIO(text, newline="")  # which knows no other ends of lines than files have
            rows = list(csv.reader(lines, delimiter=self.delimiter or " ", skipinitialspace=True))
            cells = [cell for row in rows for cell in row]
            return cells if self.delimiter else [cell for cell in cells if cell]
        return text.split(self.delimiter) if self.delimiter else text.split()

    # Lines as they lie in the file

    def _next(self) -> tuple[int, str] | None:
        return self._ahead.popleft() if self._ahead else self._physical()

    def _peek(self, index: int) -> str | None:
        while len(self._ahead) <= index:
            physical = self._physical()
            if physical is None:
                return None
            self._ahead.append(physical)
        return self._ahead[index][1]

    def _physical(self) -> tuple[int, str] | None:
        try:
            text = self._text.readline(LONGEST_LINE + 1)
            if len(text) > LONGEST_LINE and not text.endswith("\n"):
                passed = len(text)
                while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                    passed += len(rest)
                    if passed > ENDLESS_LINE:
                        self.damage = f"{self.path}: is no text after line {self._number}: a line of more than {ENDLESS_LINE // 2**20} MiB"
                        return None
        except (EOFError, OSError, UnicodeError) as error:
            self.damage = f"{self.path}: cannot be read after line {self._number}: {error}"
            return None
        if not text:
            return None
        self._number += 1
        return self._number, text.rstrip("\n")

    def _look_ahead(self) -> None:
        while len(self._ahead) < _SNIFFED and (physical := self._physical()) is not None:
            self._ahead.append(physical)

    def _told(self) -> str | None:
        """The delimiter that a first line `sep=;` tells, as some spreadsheets write it; that line is then no row."""
        match = _SEP.fullmatch(self._ahead[0][1]) if self._ahead else None
        if match is None:
            return None
        self._ahead.popleft()
        return match[1]

    def _sample(self) -> list[str]:
        return [text for _, text in self._ahead if text.strip()]


def _opened(path: str, dialect: Dialect) -> "tuple[io.BufferedReader[io.FileIO], io.TextIOWrapper]":
    try:
        "".encode(dialect.encoding)
    except (LookupError, UnicodeError):
        msg = f"--encoding {dialect.encoding}: there is no such encoding; utf-8, cp1252 and utf-16 are common ones"
        raise TableError(msg) from None
    try:
        raw = io.BufferedReader(io.FileIO(0 if path == "-" else path, closefd=path != "-"))
        first = raw.peek(4)[:4]
    except OSError as error:
        msg = f"{path}: {error.strerror}"
        raise TableError(msg) from error
    if first == _ZIP:
        raw.close()
        msg = f"{path}: a zip or spreadsheet file: save it as CSV"
        raise TableError(msg)
    stream: gzip.GzipFile | io.BufferedReader[io.FileIO] = raw
    if first[:2] == _GZIP:
        stream = gzip.GzipFile(fileobj=raw)
        try:
            first = stream.peek(4)[:4]
        except (EOFError, OSError):
            first = b""
    encoding = dialect.encoding
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-16" if first[:2] in _UTF_16 else "utf-8-sig"
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    return raw, io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=None)


def _sniffed(sample: Sequence[str], decimal: str) -> str:
    """White space between plain numbers; else the delimiter by which most of the first lines have equally many cells, and more than one.

    White space, which stands in titles, dates and names too, is one only where no sign divides half of the lines.
    """
    if len(sample) > 1 and all(_PLAIN.fullmatch(text) for text in sample[1:]):
        return ""
    best, best_share = "", 0.0
    for delimiter in _DELIMITERS:
        if delimiter == decimal:
            continue
        share = _agreement(sample, delimiter)
        if share > best_share and (delimiter or best_share < _BELIEVED):
            best, best_share = delimiter, share
    return best


def _agreement(sample: Iterable[str], delimiter: str) -> float:
    widths = Counter(len(text.split(delimiter) if delimiter else text.split()) for text in sample)
    most = max((count for width, count in widths.items() if width > 1), default=0)
    return most / max(1, widths.total())
