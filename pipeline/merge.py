"""Sharing zones out among workers, and making one stream of what they find.

Each worker folds its zones at its own pace. What it has found up to some time is complete, so what all have found up to the earliest of
those times, the watermark, can be put into the canonical order and given to the hall fold.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

import numpy as np

from ..config.model import Site
from .inputs import GatewayState, Input, Link, Measured, Moment, Readings, Start
from .zones import Finding

Share = Sequence[int]
"""The zones of one worker, by index."""


def share_out(site: Site, workers: int) -> list[Share]:
    """The zones of a site among `workers`, or fewer if there are fewer zones, with about as many thermometers each."""
    zones = site.zones
    shares: list[list[int]] = [[] for _ in range(max(1, min(workers, len(zones))))]
    loads = [0] * len(shares)
    for index in sorted(range(len(zones)), key=lambda index: -len(zones[index].sensors)):
        least = loads.index(min(loads))
        shares[least].append(index)
        loads[least] += len(zones[index].sensors)
    return [sorted(share) for share in shares]


class Router:
    """Gives each worker the inputs that concern it; the first one also gets what is no zone's, to pass on."""

    def __init__(self, site: Site, shares: Sequence[Share]) -> None:
        owner = {index: worker for worker, share in enumerate(shares) for index in share}
        self._owner = np.array([owner[index] for index, zone in enumerate(site.zones) for _ in zone.sensors], np.int64)
        self._workers = len(shares)

    def __call__(self, inputs: Iterable[Input]) -> list[list[Input]]:
        """By worker. What is about time or about all zones goes to everybody."""
        routed: list[list[Input]] = [[] for _ in range(self._workers)]
        for item in inputs:
            if isinstance(item, Measured):
                routed[self._owner[item.place]].append(item)
            elif isinstance(item, Readings):
                owner = self._owner[item.place]
                for worker in np.unique(owner).tolist():
                    routed[worker].append(item.only(owner == worker))
            elif isinstance(item, Moment | Start | Link | GatewayState):
                for share in routed:
                    share.append(item)
            else:
                routed[0].append(item)
        return routed


class Merge:
    """Findings of several workers as one stream in canonical order."""

    def __init__(self, workers: int) -> None:
        self._reached = [-1] * workers
        self._found: list[list[Finding]] = [[] for _ in range(workers)]

    @property
    def watermark(self) -> int:
        """Up to when everybody has told everything, log time, ns; -1 while somebody has told nothing."""
        return min(self._reached)

    @property
    def slowest(self) -> int:
        """Whoever holds the watermark back."""
        return self._reached.index(self.watermark)

    def take(self, worker: int, at: int, findings: Iterable[Finding]) -> list[Finding]:
        """A worker has found this, and nothing else up to `at`. What is settled by that, in canonical order."""
        before = self.watermark
        self._reached[worker] = at
        self._found[worker] += findings
        watermark = self.watermark
        return self._settled(watermark) if watermark > before else []

    def _settled(self, watermark: int) -> list[Finding]:
        settled: list[Finding] = []
        for worker, found in enumerate(self._found):
            late = next((place for place, finding in enumerate(found) if finding.at > watermark), len(found))
            settled += found[:late]
            self._found[worker] = found[late:]
        settled.sort(key=itemgetter(0, 1, 2))  # keeps the order of finding within a zone
        return settled
