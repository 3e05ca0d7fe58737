"""The promise of the fold: the same log gives the same events, however it is cut, and from any snapshot."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject

from hotzone.config.units import SECOND
from hotzone.pipeline import Event, Pipeline, hot_zones, journal_line
from hotzone.pipeline.scheduler import TimelineScheduler
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.reading import Reading
from support.sites import EPOCH, merged, own, reading, report, site, start, stream, unit, zone

ZONES = (zone("A1"), zone("A2"))
SITE = site(*ZONES, units=[unit("c", ["A1", "A2"]), unit("d", ["A2", "A1"])])


def log(seed: int, length: int = 400) -> list[Frame]:
    """A seeded log in which everything happens: heat, silence, dirt, reports, requests, a restart, whole-second times."""
    rng = random.Random(seed)
    frames: list[Frame] = [start()]
    at, celsius = EPOCH, {one.id: 24.0 for one in ZONES}
    for step in range(length):
        at += rng.choice([1, SECOND, 5 * SECOND, 10 * SECOND])
        one = rng.choice(ZONES)
        celsius[one.id] = min(60.0, max(10.0, celsius[one.id] + rng.uniform(-1.5, 2.0)))
        match rng.randrange(24):
            case 0:
                at += rng.choice([20, 60, 200]) * SECOND
                frames.append(own(at, Own.LINK, kind=rng.choice(["lost", "restored", "stalled", "dropping"])))
            case 1:
                frames.append(Frame(at, rng.choice(one.sensors).topic, rng.choice([b"", b"nan", b"{}", b"85.0", b"-127"])))
            case 2 | 3:
                frames.append(report(at, rng.choice("cd"), rng.choice([20.0, 60.0, 100.0]), number=rng.choice([0, 1 << 40])))
            case 4:
                frames.append(own(at, Own.REQUEST, zone=one.id, at_least=rng.uniform(0, 120), until=at + 100 * SECOND, handler="h"))
            case 5 if step > length // 2:
                frames.append(start(at + 1000 * SECOND))
                at += 1000 * SECOND
            case _:
                sensor = rng.choice(one.sensors)
                frames.append(reading(at, sensor.id, round(celsius[one.id] + rng.uniform(-0.2, 0.2), 2), step))
    return merged(frames)


def lines(events: list[Event]) -> bytes:
    return b"\n".join(journal_line(event) for event in events)


def whole(frames: list[Frame]) -> list[Event]:
    return Pipeline(SITE).push(frames)


def test_a_timer_that_came_due_in_vain_before_a_stall_leaves_the_order_of_the_timers_as_it_was() -> None:
    """A tick of which nothing came is not in the log, so a replay must do without it."""
    frames = merged([start()], stream(ZONES[0], 24.0, 0, 51))
    stalled = own(EPOCH + 69 * SECOND, Own.LINK, kind="stalled")
    ticked, plain = Pipeline(SITE), Pipeline(SITE)
    orders = []
    for pipeline in (ticked, plain):
        pipeline.push(frames)
        if pipeline is ticked:
            pipeline.advance_to(EPOCH + 66 * SECOND)
        pipeline.push([stalled])
        armed = pipeline.zones["A1"].timeline.armed
        orders.append(sorted((ordinal, kind) for kind, keys in armed.items() for ordinal in keys.values()))
    assert [kind for _, kind in orders[0]] == [kind for _, kind in orders[1]]
    assert {"silence", "cycle"} <= {kind for _, kind in orders[0]}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30), st.lists(st.integers(0, 400), max_size=12))
def test_cutting_the_log_anywhere_changes_nothing(seed: int, cuts: list[int]) -> None:
    frames = log(seed)
    pipeline, events = Pipeline(SITE), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(frames)], strict=True):
        events += pipeline.push(frames[begin:end])
    assert lines(events) == lines(whole(frames))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30), st.lists(st.integers(0, 400), max_size=6))
def test_going_on_from_a_snapshot_anywhere_changes_nothing(seed: int, cuts: list[int]) -> None:
    frames = log(seed)
    pipeline, events = Pipeline(SITE), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(frames)], strict=True):
        events += pipeline.push(frames[begin:end])
        pipeline = Pipeline(SITE, snapshot=pipeline.snapshot())
    assert lines(events) == lines(whole(frames))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30))
def test_advancing_between_the_frames_changes_nothing(seed: int) -> None:
    frames, rng = log(seed), random.Random(seed)
    pipeline, events = Pipeline(SITE), []
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        events += pipeline.push([frame])
        is_gap = following is not None and following.topic in {Own.START, Own.LINK}
        if following is not None and not is_gap and rng.random() < 0.3:
            events += pipeline.advance_to(rng.randrange(frame.at, following.at))
    assert lines(events) == lines(whole(frames))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 30))
def test_every_event_has_an_id_of_its_own_and_times_never_go_back(seed: int) -> None:
    events = whole(log(seed))
    assert len({event.id for event in events}) == len(events)
    times = [event.at for event in events]
    assert times == sorted(times)


def test_the_log_of_these_tests_really_reaches_everything() -> None:
    types = {event.type for seed in range(20) for event in whole(log(seed))}
    assert {
        "alarm.raised", "alarm.cleared", "zone.state", "sensor.quality", "cooling.demand", "cooling.command", "cooling.failsafe",
        "cooling.request", "cooling.unit", "run.started", "link.lost", "link.stalled",
    } <= types  # fmt: skip


def test_a_thousand_readings_measured_at_one_instant_keep_their_order() -> None:
    many = zone("A1", sensors=1000)
    frames = [start(), *(reading(EPOCH + SECOND, sensor.id, 24.0)._replace(at=EPOCH + SECOND + k) for k, sensor in enumerate(many.sensors))]
    one = site(many)
    together = Pipeline(one).push(frames)
    singly, events = Pipeline(one), []
    for frame in frames:
        events += singly.push([frame])
    assert lines(events) == lines(together)


def test_the_operator_alone_finds_the_hot_zone_in_any_observable_of_readings() -> None:
    one = site(zone("A1"))
    source, found = Subject[Reading](), []
    source.pipe(hot_zones(one)).subscribe(found.append)
    for step in range(30):
        for sensor in one.sensors:
            at = EPOCH + step * 10 * SECOND
            source.on_next(Reading(sensor=sensor.id, zone="A1", celsius=24.0 if step < 10 else 36.0, measured_at=at, at=at))
    raised = {(event.rule, (event.at - EPOCH) // SECOND) for event in found if event.type == "alarm.raised"}
    assert raised == {("rise", 100), ("critical", 110), ("warm", 115), ("high", 170)} or ("critical", 100) in raised


def test_a_timeline_lets_silence_show_without_readings() -> None:
    one = site(zone("A1"))
    timeline, source, found = TimelineScheduler(EPOCH), Subject[Reading](), []
    source.pipe(hot_zones(one, timeline)).subscribe(found.append)
    for sensor in one.sensors:
        source.on_next(Reading(sensor=sensor.id, zone="A1", celsius=24.0, measured_at=EPOCH, at=EPOCH))
    timeline.advance_to(EPOCH + 29 * SECOND)
    assert [event.type for event in found if event.type == "alarm.raised"] == []
    timeline.advance_to(EPOCH + 31 * SECOND)
    assert [(event.rule, (event.at - EPOCH) // SECOND) for event in found if event.type == "alarm.raised"] == [("data-lost", 30)]
