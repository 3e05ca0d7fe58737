"""Sharing zones out, and one stream of what the workers find."""

import random

import pytest

from hotzone.config.units import SECOND
from hotzone.pipeline.inputs import Moment, Note
from hotzone.pipeline.merge import Merge, Router, share_out
from hotzone.pipeline.stages.decode import Decoder
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import Finding, ZoneFolds
from support.catalogue import entry
from support.sites import EPOCH, merged, reading, report, site, start, unit, zone

SITE = site(zone("A1", 2), zone("A2", 9), zone("A3", 3), zone("A4", 3), units=[unit("c", ["A1"])])


def finding(at: int, phase: int, index: int, text: str = "") -> Finding:
    return Finding(at, phase, index, Note(at, "n", text, at, None, None))


@pytest.mark.parametrize(
    ("workers", "shares"), [(1, [[0, 1, 2, 3]]), (2, [[1], [0, 2, 3]]), (3, [[1], [0, 2], [3]]), (9, [[1], [2], [3], [0]])]
)
def test_zones_are_shared_out_by_their_thermometers(workers: int, shares: list[list[int]]) -> None:
    assert share_out(SITE, workers) == shares


def test_each_worker_gets_its_zones_and_the_first_what_is_no_zones() -> None:
    frames = merged([start()], [reading(EPOCH + k, f"A{k}/r0/in", 24.0) for k in range(1, 5)], [report(EPOCH + SECOND, "c", 50.0)])
    inputs = Decoder(SITE, lambda _: None)(frames)
    routed = Router(SITE, share_out(SITE, 2))(inputs)
    assert [[type(item).__name__ for item in share] for share in routed] == [
        ["Start", "Readings", "UnitReport", "Moment"],
        ["Start", "Readings", "Moment"],
    ]
    zones = [SITE.zones.index(zone) for zone in SITE.zones for _ in zone.sensors]
    assert [[zones[place] for place in share[1].place] for share in routed] == [[1], [0, 2, 3]]


def test_nothing_is_settled_before_the_slowest_has_spoken() -> None:
    merge = Merge(2)
    first, second = finding(5, 1, 0), finding(3, 1, 1)
    assert merge.take(0, 10, [first]) == []
    assert (merge.watermark, merge.slowest) == (-1, 1)
    assert merge.take(1, 4, [second]) == [second]
    assert (merge.watermark, merge.slowest) == (4, 1)
    assert merge.take(1, 9, []) == [first]
    assert (merge.watermark, merge.slowest) == (9, 1)


def test_the_order_is_time_then_timers_then_zone_then_order_of_finding() -> None:
    mine = [finding(7, 0, 2), finding(7, 1, 2, "first"), finding(7, 1, 2, "second"), finding(8, 1, 0)]
    others = [finding(6, 1, 1), finding(7, 0, 1), finding(7, 1, -1), finding(7, 1, 3)]
    merge = Merge(2)
    merge.take(0, 8, mine)
    assert merge.take(1, 8, others) == [others[0], others[1], mine[0], others[2], mine[1], mine[2], others[3], mine[3]]


@pytest.mark.parametrize("seed", range(6))
def test_folds_apart_find_what_all_find_together_at_whatever_pace(seed: int) -> None:
    rng = random.Random(seed)
    run = entry(f"synthetic {seed}").runs[0]
    decode = Decoder(run.site, lambda _: None)
    together = ZoneFolds(run.site, PipelineState()).push(decode(run.frames))
    shares = share_out(run.site, 3)
    folds = [ZoneFolds(run.site, PipelineState(), share, passing=worker == 0) for worker, share in enumerate(shares)]
    merge, settled = Merge(len(shares)), []
    route = Router(run.site, shares)
    batches = [route(decode(run.frames[begin : begin + 50])) for begin in range(0, len(run.frames), 50)]
    waiting = [list(items) for items in zip(*batches, strict=True)]
    while any(waiting):
        worker = rng.choice([worker for worker, items in enumerate(waiting) if items])
        batch = waiting[worker].pop(0)
        settled += merge.take(worker, batch[-1].at, folds[worker].push(batch))

    def without_moments(findings: list[Finding]) -> list[Finding]:
        return [one for one in findings if not isinstance(one.payload, Moment) or one.payload.ended]

    assert without_moments(settled) == without_moments(together)
