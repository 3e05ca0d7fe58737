"""Four styles, one journal: whatever the style, its workers, the cut of the input and the moments at which threads are switched."""

import gc
import random
import sys
from collections.abc import Iterator
from zlib import crc32

import pytest

from hotzone.pipeline import Event, Pipeline, Style
from support.catalogue import Entry, cut, digest, entry, names, whole

ALL = names()
FAULTS = [name for name in ALL if name.startswith("fault")]
QUICK = [*FAULTS[::6], *(name for name in ALL if not name.startswith("fault"))]
STYLES = list(Style)


@pytest.fixture(autouse=True)
def stress(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads are switched as often as can be, and asyncio looks closely at what is done with it."""
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def told(one: Entry, rng: random.Random, style: Style | None) -> tuple[str, int]:
    """Every run of the entry in batches of any length, pushed or flowing; `style` None: another one for each run, with the state of the last."""
    events: list[Event] = []
    letters, snapshot = 0, None
    for run in one.runs:
        with Pipeline(run.site, snapshot, style=style or rng.choice(STYLES), workers=rng.randrange(1, 7)) as pipeline:
            if rng.random() < 0.7:
                flowed = pipeline.flow(cut(run.frames, rng), events.extend)
                assert (flowed.frames, flowed.at) == (len(run.frames), run.frames[-1].at)
            else:
                for batch in cut(run.frames, rng):
                    events += pipeline.push(batch)
            assert pipeline.at == run.frames[-1].at
            letters += len(pipeline.take_rejected())
            snapshot = pipeline.snapshot()
    return digest(events), letters


def check(name: str, style: Style | None, salt: int = 0) -> None:
    one = entry(name)
    rng = random.Random(crc32(f"{name} {style} {salt}".encode()))
    assert told(one, rng, style) == whole(one)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", QUICK)
def test_every_style_makes_the_same_journal(name: str, style: Style) -> None:
    check(name, style)


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("synthetic")][::5])
def test_a_style_goes_on_from_the_snapshot_of_another(name: str) -> None:
    check(name, None)


@pytest.mark.soak
@pytest.mark.parametrize("style", [*STYLES, None])
@pytest.mark.parametrize("name", ALL)
def test_every_style_makes_the_same_journal_each_time(name: str, style: Style | None) -> None:
    for salt in range(1, 8):
        check(name, style, salt)
    gc.collect()


def test_the_catalogue_reaches_what_a_style_could_get_wrong() -> None:
    types: set[str] = set()
    letters = 0
    for name in QUICK:
        for run in entry(name).runs:
            pipeline = Pipeline(run.site)
            types |= {event.type for event in pipeline.push(run.frames)}
            letters += len(pipeline.take_rejected())
    assert {
        "alarm.raised", "alarm.cleared", "alarm.acknowledged", "zone.state", "sensor.quality", "sensor.history", "cooling.demand", "cooling.command",
        "cooling.failsafe", "cooling.request", "cooling.unit", "run.started", "run.ended", "link.lost", "link.stalled", "note",
    } <= types  # fmt: skip
    assert letters > 500
    assert sum(len(entry(name).runs) > 1 for name in QUICK) > 20
