"""What is kept for handlers, and who is told of the end of an alarm."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hotzone.config.model import Priority
from hotzone.handlers import Subscription
from hotzone.handlers import outbox as outbox_module
from hotzone.handlers.outbox import Outbox, OutboxUnwritable, event_of
from hotzone.handlers.sample import sample
from hotzone.pipeline import AlarmEvent, AlarmState, journal_line
from support.outboxes import dead
from support.sites import site

LOW, HIGH = Subscription(alarms=True), Subscription(alarms=True, min_priority=Priority.HIGH)
ENDS = {
    "cleared": AlarmState.NORMAL,
    "acknowledged": AlarmState.ACKNOWLEDGED,
    "raised": AlarmState.UNACKNOWLEDGED,
    "suppressed": AlarmState.SUPPRESSED,
    "unsuppressed": AlarmState.NORMAL,
}


def alarm(at: int, happened: str = "raised", rule: str = "warm") -> AlarmEvent:
    return AlarmEvent(
        at=at, type=f"alarm.{happened}", zone="A1", alarm=f"A1:{rule}@1", rule=rule, priority=Priority.MEDIUM, state=ENDS[happened]
    )


def heard(path: Path, wanted: dict[str, Subscription], *events: AlarmEvent) -> list[int]:
    """What a run with these handlers adds for `page`."""
    outbox = Outbox(path / "outbox.db", wanted)
    before = {one.id for one in outbox.waiting("page", 1000)}
    outbox.insert(events)
    after = [one.event.at for one in outbox.waiting("page", 1000) if one.id not in before]
    outbox.close()
    return after


def test_an_event_that_is_found_again_is_not_told_again(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1), alarm(2)) == [1, 2]
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    outbox.settle([(alarm(1).id, "page")])
    outbox.insert([alarm(1), alarm(2), alarm(3)])
    assert [one.event.at for one in outbox.waiting("page", 10)] == [2, 3]


def test_what_nobody_wants_costs_nothing(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": HIGH}, alarm(1), alarm(2, "cleared")) == []
    (rows,) = sqlite3.connect(tmp_path / "outbox.db").execute("SELECT count(*) FROM outbox").fetchone()
    assert rows == 0


def test_who_was_told_of_an_alarm_is_told_of_its_end_though_the_site_file_asks_for_less_by_then(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1)) == [1]
    assert heard(tmp_path, {"page": HIGH}, alarm(2, "acknowledged"), alarm(3, "cleared")) == [2, 3]


def test_after_its_end_an_alarm_is_a_new_one(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1), alarm(2, "cleared")) == [1, 2]
    assert heard(tmp_path, {"page": HIGH}, alarm(3), alarm(4, "cleared")) == []


def test_an_alarm_that_comes_back_before_it_was_acknowledged_is_filtered_anew(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1)) == [1]
    assert heard(tmp_path, {"page": HIGH}, alarm(2), alarm(3, "cleared")) == []


def test_what_is_put_aside_before_it_began_calls_nobody_but_who_asks_for_just_that(tmp_path: Path) -> None:
    silent = (alarm(1, "suppressed"), alarm(2, "unsuppressed"))
    assert heard(tmp_path, {"page": LOW}, *silent, alarm(3), alarm(4, "suppressed"), alarm(5, "unsuppressed")) == [3, 4, 5]
    assert heard(tmp_path, {"page": Subscription(events="alarm.suppressed")}, alarm(6, "suppressed"), alarm(7, "unsuppressed")) == [6]


def test_one_alarm_does_not_stand_for_another(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1)) == [1]
    assert heard(tmp_path, {"page": HIGH}, alarm(2, "cleared", rule="cold")) == []


def test_who_hears_of_no_alarms_any_more_is_left_alone(tmp_path: Path) -> None:
    assert heard(tmp_path, {"page": LOW}, alarm(1)) == [1]
    assert heard(tmp_path, {"page": Subscription(events="sensor.*")}, alarm(2, "cleared")) == []


def test_what_cannot_be_read_is_a_dead_letter_and_holds_nothing_up(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    for number, line in enumerate([b'{"type":"alarm.raised","at":1}', b"\xff", b"[]"]):
        outbox._database.execute("INSERT INTO outbox (id, handler, line) VALUES (?, 'page', ?)", (str(number), line))
    outbox.insert([alarm(1)])
    assert [one.event.at for one in outbox.waiting("page", 10)] == [1]
    assert [letter.id for letter in dead(outbox)] == ["0", "1", "2"]
    assert all("written by another version" in letter.reason for letter in dead(outbox))


def test_what_was_done_long_ago_and_old_dead_letters_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_KEPT", 5)
    monkeypatch.setattr(outbox_module, "_LETTERS", 3)
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    events = [alarm(at) for at in range(20)]
    outbox.insert(events)
    outbox.settle([(event.id, "page") for event in events[:10]], [(event.id, "page", "no") for event in events[10:18]])
    assert [int(letter.id.partition("@")[2]) for letter in dead(outbox)] == [15, 16, 17]
    (done,) = outbox._database.execute("SELECT count(*) FROM outbox WHERE state = 'done'").fetchone()
    assert done == 0
    assert [one.event.at for one in outbox.waiting("page", 10)] == [18, 19], "what waits is never forgotten"


def of(zone: str, at: int, happened: str, priority: Priority) -> AlarmEvent:
    state = ENDS[happened]
    return AlarmEvent(at=at, type=f"alarm.{happened}", zone=zone, alarm=f"{zone}@1", rule="r", priority=priority, state=state)


STORM = [
    *(of(f"Z{number}", number, "raised", Priority.HIGH) for number in range(1, 50)),
    of("A1", 50, "raised", Priority.CRITICAL),
    of("Z1", 51, "cleared", Priority.HIGH),
    of("A1", 52, "cleared", Priority.CRITICAL),
]


def test_in_a_storm_critical_alarms_go_first_and_each_alarm_begins_before_it_ends(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    outbox.insert(STORM)
    assert [one.event.at for one in outbox.waiting("page", 4)] == [50, 52, 1, 2]
    outbox.settle([(event.id, "page") for event in STORM if event.priority is Priority.CRITICAL])
    assert [one.event.at for one in outbox.waiting("page", 100)] == [*range(1, 50), 51]
    outbox.close()


def test_dead_letters_of_critical_alarms_are_forgotten_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_LETTERS", 3)
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    events = [of("A1", 1, "raised", Priority.CRITICAL), *STORM[1:10]]
    outbox.insert(events)
    outbox.settle((), [(event.id, "page", "no") for event in events])
    assert [letter.id.partition("@")[2] for letter in dead(outbox)] == ["1", "9", "10"]
    outbox.close()


def test_an_outbox_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)) as database:
        database.executescript(
            "CREATE TABLE outbox (number INTEGER PRIMARY KEY, id TEXT NOT NULL, handler TEXT NOT NULL, line BLOB NOT NULL,"
            " state TEXT NOT NULL DEFAULT 'waiting', reason TEXT, UNIQUE (id, handler)) STRICT;"
            "CREATE INDEX outbox_waiting ON outbox (handler, number) WHERE state = 'waiting';"
        )
        database.execute("INSERT INTO outbox (id, handler, line) VALUES ('x', 'page', ?)", (journal_line(STORM[0]),))
    for _ in range(2):
        outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
        outbox.insert([STORM[49]])
        assert [one.event.at for one in outbox.waiting("page", 10)] == [50, 1]
        outbox.close()


def test_trouble_with_the_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"no database" * 1000)
    with pytest.raises(OutboxUnwritable):
        Outbox(tmp_path / "outbox.db", {})
    outbox = Outbox(tmp_path / "other.db", {"page": LOW})
    outbox.close()
    with pytest.raises(OutboxUnwritable):
        outbox.insert([alarm(1)])
    with pytest.raises(OutboxUnwritable):
        outbox.waiting("page", 1)


def test_an_insert_that_failed_is_made_whole_by_the_next(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", {"page": LOW})
    other = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    outbox._database.execute("PRAGMA busy_timeout=0")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutboxUnwritable):
        outbox.insert([alarm(1)])
    other.execute("ROLLBACK")
    outbox.insert([alarm(1)])
    outbox.close()
    assert heard(tmp_path, {"page": HIGH}, alarm(2, "cleared")) == [2]


def test_every_event_comes_out_as_it_went_in() -> None:
    for pattern in ("alarm.*", "sensor.*", "zone.*", "cooling.*", "run.*", "link.*", "note"):
        event = sample(site(), Subscription(events=pattern), 5)
        assert event_of(journal_line(event)) == event
