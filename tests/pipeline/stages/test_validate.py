"""How far a reading is believed."""

import pytest

from hotzone.config.model import QualityRules
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.stages import validate as v
from hotzone.pipeline.state import SensorState

T = 1_700_000_000 * SECOND
SPEC = QualityRules()


def known(celsius: float | None = 24.0, measured_at: int = T, sequence: int | None = 7) -> SensorState:
    return SensorState(celsius=celsius, measured_at=measured_at, sequence=sequence, changed_at=measured_at)


def judge(
    state: SensorState, celsius: float, seconds: float, *, late: float = 0.0, sequence: int | None = 8, spec: QualityRules = SPEC
) -> v.Verdict:
    measured_at = T + round(seconds * SECOND)
    return v.validate(spec, state, celsius, measured_at, sequence, measured_at + round(late * SECOND), 0)


CASES = [
    ("a plausible next value is accepted", 24.3, 10, 0, v.ACCEPTED),
    ("the same value again is accepted", 24.0, 10, 0, v.ACCEPTED),
    ("the same reading again is a duplicate", 24.0, 0, 0, v.DUPLICATE),
    ("an older reading that is not late is out of order", 24.1, -5, 10, v.OUT_OF_ORDER),
    ("an older reading of two periods ago is late", 24.1, -5, 30, v.LATE),
    ("a new reading that took two periods is late", 24.1, 10, 30, v.LATE),
    ("a reading from the future is not believed", 24.1, 10, -6, v.CLOCK_AHEAD),
    ("a clock that is a little ahead is believed", 24.1, 10, -4, v.ACCEPTED),
    ("no thermometer shows this much cold", -127.0, 10, 0, v.OUT_OF_RANGE),
    ("no thermometer shows this much heat", 6553.5, 10, 0, v.OUT_OF_RANGE),
    ("a jump is suspect", 60.0, 1, 0, v.UNCONFIRMED),
    ("a fall is a jump too", 2.0, 1, 0, v.UNCONFIRMED),
]


@pytest.mark.parametrize(("celsius", "seconds", "late", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdict(celsius: float, seconds: float, late: float, expected: v.Verdict) -> None:
    assert judge(known(), celsius, seconds, late=late) is expected


def test_a_first_reading_is_accepted() -> None:
    assert judge(SensorState(), 24.0, 0) is v.ACCEPTED


def test_a_jump_that_three_readings_confirm_is_believed() -> None:
    state = known()
    assert [judge(state, celsius, second) for second, celsius in ((1, 60.0), (2, 60.4), (3, 60.9))] == [
        v.UNCONFIRMED,
        v.UNCONFIRMED,
        v.ACCEPTED,
    ]


def test_a_spike_of_one_sample_is_forgotten() -> None:
    state = known()
    assert judge(state, 60.0, 1) is v.UNCONFIRMED
    assert judge(state, 24.2, 2) is v.ACCEPTED
    assert state.suspect is None


def test_jumps_that_never_settle_are_erratic() -> None:
    state = known()
    verdicts = [judge(state, 60.0 + 30 * (second % 2), second) for second in range(1, 9)]
    assert verdicts[:6] == [v.UNCONFIRMED] * 6
    assert verdicts[6:] == [v.ERRATIC] * 2


def test_after_a_silence_any_value_is_plausible() -> None:
    assert judge(known(), 44.0, 120) is v.ACCEPTED


@pytest.mark.parametrize(("quantum", "expected"), [(0.01, v.STUCK), (0.0625, v.STUCK), (0.1, v.ACCEPTED), (1.0, v.ACCEPTED)])
def test_only_a_fine_thermometer_can_be_stuck(quantum: float, expected: v.Verdict) -> None:
    state = known()
    spec = QualityRules(quantum=quantum)
    assert judge(state, 24.0, 29 * 60, spec=spec) is v.ACCEPTED
    assert judge(state, 24.0, 31 * 60, spec=spec) is expected


def test_a_stuck_thermometer_that_moves_is_believed_again() -> None:
    state = known()
    assert judge(state, 24.0, 31 * 60) is v.STUCK
    state.measured_at = T + 31 * MINUTE
    assert judge(state, 24.05, 31 * 60 + 10) is v.ACCEPTED


def test_the_grace_of_the_transport_widens_what_counts_as_late() -> None:
    assert v.validate(SPEC, known(), 24.1, T + 10 * SECOND, 8, T + 60 * SECOND, MINUTE) is v.ACCEPTED
