"""Validate: how far to believe a reading, from what its thermometer can do and what it said before.

Order matters: a value that is no temperature says nothing about time, and a late one says nothing about now.
"""

from typing import Final, NamedTuple

from ...config.model import QualityRules
from ...config.units import SECOND
from ...sensors.reading import Quality
from ..state import SensorState


class Verdict(NamedTuple):
    """What to think of a reading. `quality` None: it says nothing about the present and changes no state."""

    quality: Quality | None
    cause: str = ""


ACCEPTED: Final = Verdict(Quality.GOOD)
UNCONFIRMED: Final = Verdict(Quality.UNCERTAIN, "jumped")
STUCK: Final = Verdict(Quality.UNCERTAIN, "stuck")
ERRATIC: Final = Verdict(Quality.BAD, "erratic")
OUT_OF_RANGE: Final = Verdict(Quality.BAD, "out of range")
CLOCK_AHEAD: Final = Verdict(Quality.BAD, "clock ahead")
DUPLICATE: Final = Verdict(None, "duplicate")
OUT_OF_ORDER: Final = Verdict(None, "out-of-order")
LATE: Final = Verdict(None, "late")

_LONGEST_STEP: Final = 10 * SECOND
"""Nothing warms at its greatest rate for longer than this: it bounds the jump that a slow sensor may show."""
_COARSE: Final = 0.1
"""A thermometer of this resolution, K, may rest on one value for hours and be healthy."""


def validate(
    spec: QualityRules, state: SensorState, celsius: float, measured_at: int, sequence: int | None, at: int, grace: int
) -> Verdict:
    """Judge one reading; `celsius` is finite. `grace` is the time, ns, that the transport may take beyond the limits of `spec`.

    Updates only the sensor's memory of jumps and of its last change.
    """
    if measured_at <= state.measured_at and state.celsius is not None:
        if measured_at == state.measured_at and (celsius == state.celsius or (sequence is not None and sequence == state.sequence)):
            return DUPLICATE
        return LATE if at - measured_at > spec.late_after + grace else OUT_OF_ORDER
    if at - measured_at > spec.late_after + grace:
        return LATE
    if not spec.low <= celsius <= spec.high:
        return OUT_OF_RANGE
    if measured_at - at > spec.skew + grace:
        return CLOCK_AHEAD
    last = state.celsius
    if last is None or celsius == last:
        state.suspect = None
        if last is None:
            state.changed_at = measured_at
        return _at_rest(spec, state, measured_at)
    state.changed_at = measured_at
    elapsed = measured_at - state.measured_at
    if elapsed <= spec.stale_after and abs(celsius - last) > _jump(spec, elapsed):
        return _jumped(spec, state, celsius)
    state.suspect = None
    return ACCEPTED


def _jump(spec: QualityRules, elapsed: int) -> float:
    """The change, K, beyond which a reading is suspect."""
    return max(spec.max_rate * min(max(elapsed, SECOND), _LONGEST_STEP) / SECOND, 1.5 * spec.quantum)


def least_jump(spec: QualityRules) -> float:
    """The change, K, that is never suspect, however little time has passed."""
    return _jump(spec, 0)


def rests(spec: QualityRules) -> float:
    """How long, ns, one single value is believed."""
    return float("inf") if spec.stuck_after is None or spec.quantum >= _COARSE else spec.stuck_after


def _at_rest(spec: QualityRules, state: SensorState, measured_at: int) -> Verdict:
    return ACCEPTED if measured_at - state.changed_at < rests(spec) else STUCK


def _jumped(spec: QualityRules, state: SensorState, celsius: float) -> Verdict:
    """A jump is believed when `confirm` readings in a row agree on where it went; one that never settles is erratic."""
    agrees = state.suspect is not None and abs(celsius - state.suspect) <= _jump(spec, spec.period)
    state.confirmed = state.confirmed + 1 if agrees else 1
    state.suspects = 1 if state.suspect is None else state.suspects + 1
    state.suspect = celsius
    if state.confirmed >= spec.confirm:
        state.suspect = None
        return ACCEPTED
    return ERRATIC if state.suspects > 2 * spec.confirm else UNCONFIRMED
