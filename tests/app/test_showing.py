"""`hotzone show`: a recording in a few lines."""

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from hotzone.app import own
from hotzone.app.errors import RunFailed
from hotzone.app.showing import dead_letters, shown
from hotzone.config.devices import pack_topic
from hotzone.config.units import SECOND
from hotzone.sensors.frame import Frame, LinkKind
from hotzone.sensors.recording import RecordingWriter
from support.site_text import SMALL, site_of

BEGAN = 1_700_000_000 * SECOND
SITE = site_of(SMALL)
HEARD, BAD = SITE.sensors[0], SITE.sensors[1]


def recording(folder: Path, *frames: tuple[str, bytes], site: str = SITE.source, rejected: Sequence[tuple[str, bytes, str]] = ()) -> Path:
    with RecordingWriter(folder, site_source=site, version="1.2.3", started=BEGAN) as writer:
        writer.append([Frame(BEGAN + number * SECOND, topic, payload) for number, (topic, payload) in enumerate(frames)])
        for number, (topic, payload, reason) in enumerate(rejected):
            writer.dead_letter(BEGAN + number, topic, payload, reason)
        writer.commit()
    return folder


def start() -> tuple[str, bytes]:
    return own.start(SITE, "1.2.3", previous=None, rate=1.0, session=False)


def test_the_span_the_runs_and_the_readings_of_each_zone_are_shown(tmp_path: Path) -> None:
    path = recording(tmp_path / "r", start(), (HEARD.topic, b"21"), (HEARD.topic, b"22"), own.END, start(), own.link(LinkKind.LOST))
    lines = list(shown(path, plain=True))
    assert lines[0].startswith(f"{path}: 1 segment, 0.")
    assert "6 frames" in lines[0]
    assert lines[1:] == [
        "from 2023-11-14T22:13:20Z to 2023-11-14T22:13:25Z (5s)",
        "run from 2023-11-14T22:13:20Z, version 1.2.3, ended",
        "run from 2023-11-14T22:13:24Z, version 1.2.3, not ended",
        "site t",
        (
            "zone A1: 2 readings of 1 thermometer, 11 never heard: "
            "A1/A1-r01/in-middle, A1/A1-r01/in-bottom, A1/A1-r01/out-top, A1/A1-r01/out-middle, A1/A1-r01/out-bottom ..."
        ),
        "link: 1 lost",
    ]


def test_dead_letters_are_counted_by_reason_and_listed_without_a_raw_byte(tmp_path: Path) -> None:
    rejected = [(BAD.topic, b"\x1b[31mhot\n", "not-a-number"), ("x/\u202ey", b"9" * 100, "unknown-topic"), (BAD.topic, b"", "empty")]
    path = recording(tmp_path / "r", start(), rejected=rejected)
    assert list(shown(path, plain=True))[-1] == "dead letters: 1 not-a-number, 1 unknown-topic, 1 empty"
    assert list(dead_letters(path)) == [
        rf"2023-11-14T22:13:20Z not-a-number {BAD.topic} '\x1b[31mhot\n'",
        rf"2023-11-14T22:13:20Z unknown-topic x/\u202ey '{'9' * 80}' and 20 more",
        f"2023-11-14T22:13:20Z empty {BAD.topic} ''",
    ]


def test_a_recording_of_no_site_is_shown_by_its_busiest_topics(tmp_path: Path) -> None:
    path = recording(tmp_path / "r", ("a/b", b"1"), ("a/c", b"1"), ("a/b", b"2"), site="")
    assert list(shown(path, plain=True))[2:] == ["topic a/b: 2", "topic a/c: 1"]


def test_topics_beyond_the_busiest_are_counted(tmp_path: Path) -> None:
    path = recording(tmp_path / "r", *[(f"a/{number}", b"1") for number in range(7)], ("a/0", b"2"), site="")
    assert list(shown(path, plain=True))[-1] == "2 more topics: 2"


def test_damage_is_said_and_what_is_before_it_counted(tmp_path: Path) -> None:
    path = recording(tmp_path / "r", start(), *[(HEARD.topic, b"%d" % number) for number in range(20, 40)])
    [segment] = path.glob("*.hzlog")
    with closing(sqlite3.connect(segment)) as database, database:
        database.execute("UPDATE chunks SET blob = zeroblob(length(blob))")
    lines: list[str] = []
    with pytest.raises(RunFailed, match=rf"^{path} is damaged$"):
        lines.extend(shown(path, plain=True))
    assert "0 frames" in lines[0]
    assert re.match(rf"DAMAGED: {segment}: .*21 frames are lost", lines[-1])


def test_readings_in_packs_count_too(tmp_path: Path) -> None:
    pack = json.dumps([{"id": one.id, "value": 21.0} for one in SITE.zones[0].racks[0].sensors[:2]]).encode()
    lines = list(shown(recording(tmp_path / "r", start(), (pack_topic(SITE, "h1", HEARD), pack), (HEARD.topic, b"22")), plain=True))
    assert any(line.startswith("zone A1: 3 readings of 2 thermometers") for line in lines), lines
