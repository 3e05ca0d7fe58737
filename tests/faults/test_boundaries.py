"""Killed at each boundary between two frames of a log: the same state, the same events, and only true edges afterwards."""

from pathlib import Path

from hotzone.app.restore import restore
from hotzone.app.state_file import Saved, StateFile, state_path
from hotzone.config import loads
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline, journal_line
from hotzone.sensors.recording import RecordingWriter
from support.accounts import faults_of_alarms, standing_after
from support.ramp import BEGIN, RAMP_SITE, ramp
from support.simulated.sites import SITES
from support.sites import start

SITE = loads(RAMP_SITE)
FRAMES = ramp()
SNAPSHOT_EVERY = 29
ENOUGH = BEGIN + 85 * SECOND
"""A kill before leaves the time that every alarm takes to end."""


def raised(events: list[Event]) -> list[str]:
    return [
        f"{event.zone or event.unit} {event.rule}" for event in events if isinstance(event, AlarmEvent) and event.type == "alarm.raised"
    ]


def test_a_kill_at_any_boundary_comes_back_to_the_same_state_with_the_same_events(tmp_path: Path) -> None:
    """The log is read by another process, as it were, after each commit; a snapshot is kept now and then."""
    state = StateFile(state_path(tmp_path / "log"))
    alive = Pipeline(SITE)
    told: list[Event] = []
    since = 0
    with RecordingWriter(tmp_path / "log", site_source=RAMP_SITE, version="1", started=1) as writer:
        for number, frame in enumerate(FRAMES):
            writer.append([frame])
            writer.commit()
            told += alive.push([frame])
            restored = restore(tmp_path / "log", SITE, state, "1")
            assert restored.pipeline.snapshot() == alive.snapshot(), f"killed after frame {number}"
            assert [journal_line(event) for event in restored.events] == [journal_line(event) for event in told[since:]]
            if number % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
                state.save(Saved(frame.at, 1, "1", told[-1].id, alive.snapshot()))
                since = len(told)
    state.close()
    assert len(FRAMES) > 500


def test_a_zone_that_came_with_a_change_of_the_site_has_its_state_after_a_kill(tmp_path: Path) -> None:
    """The snapshot was taken under the site of the run that was killed, not under that of the run before."""
    smaller = SITES[1]
    first = start(FRAMES[0].at - 1, rate=1.0)
    with RecordingWriter(tmp_path / "log", site_source=smaller, version="1", started=1) as writer:
        writer.append([first])
        writer.commit()
    before = Pipeline(loads(smaller))
    before.push([first])
    alive = Pipeline(SITE, before.snapshot())
    state = StateFile(state_path(tmp_path / "log"))
    with RecordingWriter(tmp_path / "log", site_source=RAMP_SITE, version="1", started=2) as writer:
        for frames in (FRAMES[:300], FRAMES[300:400]):
            state.save(Saved(alive.at, 2, "1", "", alive.snapshot()))
            writer.append(frames)
            writer.commit()
            alive.push(frames)
            assert restore(tmp_path / "log", SITE, state, "1").pipeline.snapshot() == alive.snapshot()
    state.close()


def test_after_a_kill_at_any_boundary_only_true_edges_are_told() -> None:
    """The run goes on after a while, with a start; what was told before and after is a life of alarms with nothing missing."""
    whole = raised(Pipeline(SITE).push(FRAMES))
    assert {"A1 high", "A1 critical", "C1 data-lost", "crac-2 unit-failed"} <= set(whole)
    pipeline, before = Pipeline(SITE), []
    for number, frame in enumerate(FRAMES[:-1]):
        before += pipeline.push([frame])
        if number % 13:
            continue
        again = Pipeline(SITE, pipeline.snapshot())
        begun = start(frame.at + 1, previous=frame.at, rate=1.0)
        first = again.push([begun])
        assert raised(first) == [], "a start alone raises nothing"
        rest = FRAMES[number + 1 :]
        late = [one._replace(at=one.at + 2) for one in rest]
        after = first + again.push(late)
        assert faults_of_alarms(before + after) == []
        assert frame.at > ENOUGH or standing_after(before + after) == [], f"killed after frame {number}"
        # Silence is counted anew from the start, so what was a lost zone may be a few lost thermometers first.
        new = [what for what in raised(after) if raised(before + after).count(what) > whole.count(what)]
        storm = [what for what in new if what != "C1 sensors-lost"]
        assert storm == [], f"killed after frame {number}"
