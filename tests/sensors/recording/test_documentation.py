import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import RecordingWriter
from support.readings import START, readings

PAGE = Path(__file__).parents[3] / "docs" / "recording.md"
ODD = [b"online", b"", b"\x01\x02", b"-0.50", b"007", b"1.2.3", b"x" * 3000, b"0", b"9" * 30, b'{"value":-273.150}', b"\xff"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def record(folder: Path) -> list[Frame]:
    frames = readings(sensors=60, periods=20)
    odd = [Frame(frames[-1].at + 1 + number, f"t/{number % 5}", payload) for number, payload in enumerate(ODD * 60)]
    end = Frame(odd[-1].at + 1, Own.END.value, b"{}")
    with RecordingWriter(folder, site_source="[site]", version="1", started=START, merged=600) as writer:
        for frame in (*frames, *odd):
            writer.append([frame])
            if writer.pending == 100:
                writer.commit()
        writer.append([end])
        writer.dead_letter(end.at, "t", b"x", "not-a-number")
    return [*frames, *odd, end]


def test_the_decoder_on_the_page_reads_what_the_program_wrote(tmp_path: Path) -> None:
    frames = record(tmp_path)
    (decoder,) = blocks("python")
    names: dict[str, object] = {"__name__": "decoder"}
    exec(compile(decoder, str(PAGE), "exec"), names)  # noqa: S102  a block of our own page
    assert [Frame(*frame) for frame in names["frames"](tmp_path / "000001.hzlog")] == frames


def test_the_decoder_on_the_page_runs_as_a_script(tmp_path: Path) -> None:
    frames = record(tmp_path)
    script = tmp_path / "recording.py"
    script.write_text(blocks("python")[0])
    done = subprocess.run([sys.executable, script, tmp_path / "000001.hzlog"], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(frames)


def test_the_queries_on_the_page_run(tmp_path: Path) -> None:
    record(tmp_path)
    with closing(sqlite3.connect(tmp_path / "000001.hzlog")) as database:
        for query in blocks("sql"):
            assert database.execute(query).fetchall()


def test_the_page_names_every_table_and_column(tmp_path: Path) -> None:
    record(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "000001.hzlog")) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            assert f"`{table}`" in page or f"`{table}." in page
            for column in (
                row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] not in {"key", "value", "name", "id"}
            ):
                assert column in page
