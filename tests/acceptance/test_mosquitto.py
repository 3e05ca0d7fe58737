"""The product on a stock Mosquitto: a simulated hall in one process, the run in another, killed in the middle."""

import hashlib
import json
import signal
from pathlib import Path

from hotzone.sensors.recording import Recording
from support.commands import SITE, call, hotzone
from support.mosquitto import MosquittoFactory

FAULT_S = 300
END_S = 900
"""Hall seconds after which the failed unit is back."""


def told(journal: Path) -> list[dict[str, object]]:
    """The journal's whole lines."""
    if not journal.exists():
        return []
    return [json.loads(line) for line in journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def has(journal: Path, **fields: object) -> bool:
    """Whether a line has all these fields."""
    return any(fields.items() <= line.items() for line in told(journal))


def lateness(recording: Path, unit: str, start: int, stop: int) -> int:
    """By how many ns a report of the unit was late at worst, of those that came in that time: a busy machine's share of any delay."""
    reports = [
        frame for frames in Recording(recording).frames(start, stop + 1) for frame in frames if frame.topic.endswith(f"{unit}/report")
    ]
    return max(frame.at - json.loads(frame.payload)["time"] * 1_000_000 for frame in reports)


def test_a_failed_unit_is_alarmed_in_time_and_a_killed_run_goes_on_where_it_was(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    """60 hall seconds a second. One unit fails and comes back while the run is down; another fails and stays so."""
    broker = start_mosquitto("allow_anonymous true\nmax_queued_messages 100000\n")
    (tmp_path / "site.toml").write_text(SITE)
    journal = tmp_path / "journal"
    site = ("--site", "site.toml", "--broker", broker.url)
    run = ("run", *site, "--recording", "log", "--journal", "journal", "--plain")
    passing = f"crac-failure:crac-1@{FAULT_S}s+{END_S - FAULT_S}s"
    lasting = f"crac-failure:crac-2@{FAULT_S + 60}s"
    hall_words = ("simulate", *site, "--speed", "60", "--seed", "1", "--fault", passing, "--fault", lasting, "--plain")
    with hotzone(tmp_path, *hall_words) as hall:
        hall.until(lambda: "the hall begins" in hall.log, "the hall")
        with hotzone(tmp_path, *run) as first:
            for unit in ("crac-1", "crac-2"):
                first.until(lambda unit=unit: has(journal, type="alarm.raised", rule="unit-failed", unit=unit), f"{unit}'s alarm")
            first.signal(signal.SIGKILL)
        before = told(journal)
        with hotzone(tmp_path, *run) as second:
            second.until(lambda: has(journal, type="alarm.cleared", rule="unit-failed", unit="crac-1"), "the end of crac-1's alarm")
            second.signal(signal.SIGINT)
    lines = told(journal)

    for unit in ("crac-1", "crac-2"):
        fault = next(line for line in before if line["type"] == "note" and line.get("target") == unit)
        alarm = next(line for line in before if line["type"] == "alarm.raised" and line["rule"] == "unit-failed" and line["unit"] == unit)
        at, happened_at = int(str(alarm["at"])), int(str(fault["happened_at"]))
        assert at - happened_at - lateness(tmp_path / "log", unit, happened_at, at) <= 30e9
    after = lines[len(before) :]
    assert lines[: len(before)] == before
    assert not [line for line in after if line["type"] == "alarm.raised" and line["rule"] in {"data-lost", "sensors-lost", "unit-silent"}]
    assert not [line for line in after if line["type"] == "cooling.failsafe"]
    ended = [line["unit"] for line in after if line["type"] == "alarm.cleared" and line["rule"] == "unit-failed"]
    assert ended.count("crac-1") == 1
    assert "crac-2" not in ended
    assert not [line for line in after if line["type"] == "alarm.raised" and line.get("unit") == "crac-2"]

    replayed = call(tmp_path, "replay", "log", "--journal", "replayed")
    assert replayed.returncode == 0, replayed.stderr
    assert hashlib.sha256((tmp_path / "replayed").read_bytes()).digest() == hashlib.sha256(journal.read_bytes()).digest()
