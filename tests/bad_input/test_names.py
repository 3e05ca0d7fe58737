"""Names and texts made to hurt, where people see them: logs, the live table, the journal, exports, what the commands say."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
import structlog
from corpus.lines import T0
from rich.console import Console

from hotzone.app.live import LiveTable, sentence
from hotzone.app.logs import configure
from hotzone.config.printable import printable
from hotzone.pipeline import Event, NoteEvent, Pipeline, journal_line
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import RecordingWriter
from support.bad_input import START, Run, frames, load, site

HOSTILE = [
    "\x1b[2J\x1b[31mall is well",
    "a\nb\r\nc",
    "\x9b31m",
    "\x7f\x08\x08\x08",
    "gro\u00df \u202ekcart",
    "\u2066isolated\u2069",
    "a\u2028b\u2029c",
    "\ufeff\u200b",
    "[bold red]hot[/]",
    "<script>alert(1)</script>",
    "{0.__class__} %s%n ${jndi:ldap://x}",
    "=cmd|' -C calc'!A0",
    "'; DROP TABLE chunks; --",
    "x" * 100_000,
    "\U000e0041\ufff9",
]


def journal_of(texts: list[str]) -> list[Event]:
    """What becomes of notes of these texts, and of names on which they were published."""
    pipeline = Pipeline(site())
    events = pipeline.push([Frame(T0, Own.START, START)])
    for number, text in enumerate(texts, 1):
        said = json.dumps({"kind": "fault", "text": text, "target": text, "at": T0}).encode()
        events += pipeline.push([Frame(T0 + number, Own.NOTE, said)])
    return events


def test_what_can_be_printed_is_left_alone() -> None:
    for text in ("", "24.5 °C", "Rack 7, Zürich", "機房", "[bold]", "a no-break\u0020space"):
        assert printable(text) == text


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_whatever_somebody_wrote_becomes_printable_and_short(text: str) -> None:
    found = printable(text, 200)
    assert found.isprintable()
    assert len(found) <= 200 * 10 + 3


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 1000], ids=ascii)
def test_a_note_is_one_line_of_the_journal_that_any_terminal_may_show(text: str) -> None:
    event = next(event for event in journal_of([text]) if isinstance(event, NoteEvent))
    line = journal_line(event).decode()
    assert line.isprintable()
    assert json.loads(line)["text"] == printable(text)
    said = sentence(event)
    assert said is not None
    assert said[1].isprintable()


def test_the_live_table_shows_them_and_obeys_none() -> None:
    table = LiveTable.__new__(LiveTable)
    LiveTable.__init__(table, _Station(), shown=True)
    table.told([event for event in journal_of(HOSTILE) if isinstance(event, NoteEvent)])
    out = StringIO()
    Console(file=out, width=200, force_terminal=False).print(table._events())
    lines = out.getvalue().split("\n")
    assert all(line.isprintable() for line in lines)
    assert any("[bold red]hot[/]" in line for line in lines)
    assert len(lines) < 40


class _Station:
    """All that the table asks of a station before it is shown."""

    def __init__(self) -> None:
        self.watchers: list[object] = []


@pytest.mark.parametrize("pretty", [False, True])
def test_a_log_line_is_one_line_whatever_its_fields_say(pretty: bool, capfd: pytest.CaptureFixture[str]) -> None:
    configure(pretty=pretty)
    for text in HOSTILE:
        structlog.get_logger("test").warning("something came", topic=text, why=text)
    structlog.reset_defaults()
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == len(HOSTILE)
    for line in lines:
        plain = line if not pretty else _without_colours(line)
        assert plain.isprintable(), ascii(plain)
        assert len(line) < 4000
        if not pretty:
            assert json.loads(line)["event"] == "something came"


def _without_colours(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


# A recording of everything, without a site: names are topics


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    topics = [line.topic_text for line in load("topics")]
    with RecordingWriter(folder / "log", site_source="", version="1", started=T0) as writer:
        log = [frame for _, earlier, own in frames(load("topics")) for frame in (*earlier, own)]
        writer.append(log)
        for frame in log:
            writer.dead_letter(frame.at, frame.topic, frame.payload, "unknown-topic")
        writer.commit()
    assert len(topics) > 80
    return folder


@pytest.mark.parametrize("words", [("--plain",), ("--dead-letters",)])
def test_what_show_says_can_be_printed_and_taken_in(recorded: Path, words: tuple[str, ...], run: Run) -> None:
    code, out, complaint = run("show", str(recorded / "log"), *words)
    assert code == 0, complaint
    for line in out.splitlines():
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 400, line[:200]


def test_an_export_has_a_row_for_each_and_no_formula(recorded: Path, tmp_path: Path, run: Run) -> None:
    code, _, complaint = run("export", str(recorded / "log"), "out.csv", "--plain")
    assert code == 0, complaint
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names = [row[2] for row in rows[1:]]
    expected = [line.topic_text for line in load("topics") if not line.topic_text.startswith("$")]
    assert len(names) == len(expected)
    assert not any(name.startswith(("=", "+", "-", "@", "\t", "\r")) for name in names)
    assert [name.removeprefix("'") for name in names] == [printable(topic) for topic in expected]
    assert all(line.isprintable() for line in (tmp_path / "out.csv").read_text(encoding="utf-8").split("\n"))
