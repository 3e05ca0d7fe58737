"""Hall and pipeline in one process; and that live is replay."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import Lockstep
from hotzone.app.replay import OPEN_LOOP, replay
from hotzone.config import load, loads, shipped
from hotzone.config.model import Site
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import CoolingEvent, Event, RunEvent, journal_line
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.hall import Fault
from hotzone.sensors.recording import Recording, RecordingWriter

START = 1_767_225_600 * SECOND
SMALL = loads("""
name = "t"
[recording]
snapshot_every = "2m"
[halls.h1]
cooling = { count = 2, control = "on" }
[halls.h1.zones]
A1 = { layout.count = 3 }
B1 = { layout.count = 3 }
""")


def recorded(site: Site, folder: Path, *faults: str, seed: int = 1, minutes: int = 10, start: int = START) -> list[Event]:
    """Run a hall into a recording; the journal of it."""
    with RecordingWriter(folder, site_source=site.source, version="1", started=start) as log:
        halls = halls_of(site, start, seed, [Fault.parse(text) for text in faults])
        lockstep = Lockstep(site, halls, version="1", log=log)
        return [event for step in lockstep.steps(minutes * MINUTE) for event in step.events]


def lines(events: Iterable[Event]) -> list[bytes]:
    return [journal_line(event) for event in events]


@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        (1, ["crac-failure:crac-1@2m"]),
        (2, ["total-loss@3m+4m"]),
        (3, ["silence:A1@1m+5m", "spike:B1@1m"]),
        (4, ["gateway-down:A1-r01@2m+3m", "dirt:B1@2m"]),
        (5, ["unit-deaf:crac-2@1m+5m", "unit-silent:crac-1@2m+4m", "jitter@1m", "backlog:A1@2m+2m"]),
        (6, ["chiller-trip@1m+5m", "drift:A1@1m"]),
        (7, ["stuck:A1@1m", "zero:B1@2m", "clock-offset:A1-r01@1m"]),
        (8, ["bus-lost:A1@1m+2m", "power-on:B1@2m", "local-heat:A1@3m"]),
        (9, ["load-step*2@1m", "door-open@2m+3m", "dropout:B1@1m"]),
        (10, ["clock-step:A1@2m", "quantum:B1@1m", "coil-fouled:crac-1@2m", "containment@3m"]),
    ],
)
def test_the_replay_of_a_run_gives_its_journal_byte_for_byte(seed: int, faults: Sequence[str], tmp_path: Path) -> None:
    live = recorded(SMALL, tmp_path / "r", *faults, seed=seed)
    assert lines(replay(Recording(tmp_path / "r"))) == lines(live)
    assert {"run.started", "run.ended", "cooling.demand", "cooling.command"} <= {event.type for event in live}


def test_a_command_comes_back_to_the_hall_and_is_obeyed() -> None:
    halls = halls_of(SMALL, START, 1, [])
    lockstep = Lockstep(SMALL, halls, version="1")
    events = [event for step in lockstep.steps(5 * MINUTE) for event in step.events]
    commands = [event for event in events if isinstance(event, CoolingEvent) and event.type == "cooling.command" and event.unit == "crac-1"]
    assert halls[0].truth().units["crac-1"].commanded == commands[-1].value


def test_one_seed_is_one_journal(tmp_path: Path) -> None:
    first, second = (recorded(SMALL, tmp_path / name, seed=3, minutes=3) for name in ("a", "b"))
    assert lines(first) == lines(second)
    assert lines(first) != lines(recorded(SMALL, tmp_path / "c", seed=4, minutes=3))


def test_a_recording_of_two_runs_replays_to_both_journals_one_after_the_other(tmp_path: Path) -> None:
    """The second run goes on with a new pipeline only if nothing is carried over; here the state is restored, as a restart does."""
    from hotzone.app.restore import restore  # noqa: PLC0415  needed here alone
    from hotzone.app.state_file import StateFile, state_path  # noqa: PLC0415  needed here alone

    folder = tmp_path / "r"
    first = recorded(SMALL, folder, "crac-failure:crac-1@1m", minutes=5)
    state = StateFile(state_path(folder))
    restored = restore(folder, SMALL, state, "1")
    state.close()
    assert restored.last_at == Recording(folder).last_at
    start = START + 15 * MINUTE
    with RecordingWriter(folder, site_source=SMALL.source, version="1", started=2) as log:
        halls = halls_of(SMALL, start, 2, [])
        lockstep = Lockstep(SMALL, halls, version="1", log=log, pipeline=restored.pipeline, last_at=restored.last_at)
        second = [event for step in lockstep.steps(5 * MINUTE) for event in step.events]
    assert lines(replay(Recording(folder))) == lines(first) + lines(second)


def test_a_changed_site_file_takes_effect_at_the_start_of_its_run_live_and_replayed(tmp_path: Path) -> None:
    from hotzone.app.restore import restore  # noqa: PLC0415  needed here alone
    from hotzone.app.state_file import StateFile, state_path  # noqa: PLC0415  needed here alone

    folder = tmp_path / "r"
    first = recorded(SMALL, folder, "total-loss@1m", minutes=8)
    changed = loads(SMALL.source.replace("B1 = { layout.count = 3 }", "B1 = { layout.count = 2 }"))
    state = StateFile(state_path(folder))
    restored = restore(folder, changed, state, "1")
    state.close()
    assert restored.pipeline.site is changed
    with RecordingWriter(folder, site_source=changed.source, version="1", started=2) as log:
        halls = halls_of(changed, START + 15 * MINUTE, 2, [])
        lockstep = Lockstep(changed, halls, version="1", log=log, pipeline=restored.pipeline, last_at=restored.last_at)
        second = [event for step in lockstep.steps(5 * MINUTE) for event in step.events]
    assert lines(replay(Recording(folder))) == lines(first) + lines(second)


def test_handlers_hear_of_a_replay_only_when_asked_to(tmp_path: Path) -> None:
    live = recorded(SMALL, tmp_path / "r", minutes=2)
    heard: list[Event] = []
    assert len(list(replay(Recording(tmp_path / "r"), handlers=[heard.append]))) == len(live)
    assert lines(heard) == lines(live)


def test_under_another_site_the_loop_is_open_and_the_journal_says_so_first(tmp_path: Path) -> None:
    recorded(SMALL, tmp_path / "r", minutes=3)
    other = loads(SMALL.source.replace('name = "t"', 'name = "t"\n[limits.warm]\nabove = 26'))
    events = list(replay(Recording(tmp_path / "r"), other))
    assert isinstance(events[0], RunEvent)
    assert OPEN_LOOP in (events[0].detail or "")
    commands = [event for event in events if isinstance(event, CoolingEvent) and event.type == "cooling.command"]
    assert commands
    assert all(event.advise for event in commands)


def test_a_thousand_readings_measured_at_one_instant_have_an_order_and_replay_to_it(tmp_path: Path) -> None:
    from hotzone.app.sequencer import Sequencer  # noqa: PLC0415  needed here alone
    from hotzone.pipeline import Pipeline  # noqa: PLC0415  needed here alone

    site = load(shipped("hall-200"))
    assert len(site.sensors) == 1240
    sequencer = Sequencer(lambda: START)
    frames = [Frame(sequencer.stamp(), Own.START, b'{"site":"x","version":"1","rate":1.0}')]
    for celsius in (24.0, 34.0):
        payload = b'{"value":%.1f,"time":%d}' % (celsius, START // 1_000_000)
        frames += [Frame(sequencer.stamp(), sensor.topic, payload) for sensor in site.sensors]
    live = Pipeline(site).push(frames)
    with RecordingWriter(tmp_path / "r", site_source=site.source, version="1", started=1) as log:
        for frame in frames:
            log.append([frame])
    assert lines(replay(Recording(tmp_path / "r"))) == lines(live)
