"""What was rejected, said in the log: the first of each reason at once, the others counted, so that a flood of rubbish is no flood of lines."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from ..config.units import SECOND
from ..pipeline import Rejected

EVERY: Final = 10 * SECOND
"""Wall time between two lines of one reason."""

_log = structlog.get_logger("hotzone.rejected")


class RejectLog:
    """Told of dead letters; says at most a line each `EVERY` for each reason, with how many there were since the last."""

    def __init__(self, monotonic: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic = monotonic
        self._said: dict[str, int] = {}
        """When a line was written, by reason."""
        self._since: dict[str, int] = {}
        """How many came after it."""

    def __call__(self, rejected: Sequence[Rejected]) -> None:
        """These were rejected."""
        now = self._monotonic()
        for one in rejected:
            said = self._said.get(one.reason)
            count = self._since[one.reason] = self._since.get(one.reason, 0) + 1
            if said is None or now - said >= EVERY:
                self._said[one.reason] = now
                self._since[one.reason] = 0
                _log.warning("messages say nothing that could be used", reason=str(one.reason), count=count, topic=one.topic)
