"""The controller inside a cooling unit."""

import pytest

from hotzone.config.units import MILLISECOND, SECOND
from hotzone.sensors.hall.controller import Controller, Mode, Refusal
from support.halls import command

NOW = 1_700_000_000 * SECOND


def give(controller: Controller, payload: bytes, *, at: int = NOW, retained: bool = False, deaf: bool = False) -> Refusal | None:
    return controller.command(at, payload, retained=retained, deaf=deaf)


def test_a_command_is_obeyed_and_its_number_kept() -> None:
    unit = Controller(60.0)
    assert give(unit, command(80.0, 17)) is None
    assert (unit.wanted, unit.number) == (80.0, 17)


def test_an_equal_number_is_the_same_command_again_and_a_lower_one_is_late() -> None:
    unit = Controller(60.0)
    give(unit, command(80.0, 17))
    assert give(unit, command(80.0, 17)) is None
    assert give(unit, command(50.0, 16)) is Refusal.OLD_NUMBER
    assert unit.wanted == 80.0


@pytest.mark.parametrize(
    ("payload", "circumstances", "refusal"),
    [
        (command(80.0, 1), {"retained": True}, Refusal.RETAINED),
        (command(80.0, 1), {"deaf": True}, Refusal.DEAF),
        (command(80.0, 1, expires=NOW // MILLISECOND - 1), {}, Refusal.EXPIRED),
        (command(180.0, 1), {}, Refusal.RANGE),
        (command(-1.0, 1), {}, Refusal.RANGE),
        (b"full speed", {}, Refusal.MALFORMED),
        (b"\xff\xfe", {}, Refusal.MALFORMED),
        (b'{"fan":80}', {}, Refusal.MALFORMED),
        (b'{"fan":NaN,"number":1,"issued":0,"expires":99}', {}, Refusal.MALFORMED),
    ],
)
def test_what_a_unit_does_not_obey_changes_nothing(payload: bytes, circumstances: dict[str, bool], refusal: Refusal) -> None:
    unit = Controller(60.0)
    assert give(unit, payload, **circumstances) is refusal
    assert (unit.wanted, unit.number) == (60.0, 0)


def test_without_a_heartbeat_for_its_timeout_a_unit_goes_to_full_speed_and_stays_there_until_commanded() -> None:
    unit = Controller(60.0, heartbeat_timeout=5 * SECOND)
    unit.heartbeat(NOW)
    unit.advance_to(NOW + 5 * SECOND - 1)
    assert unit.mode is Mode.REMOTE
    unit.advance_to(NOW + 5 * SECOND)
    assert (unit.mode, unit.wanted) == (Mode.HEARTBEAT_LOST, 100.0)
    unit.heartbeat(NOW + 9 * SECOND)
    assert (unit.mode, unit.wanted) == (Mode.REMOTE, 100.0)
    give(unit, command(70.0, 2))
    assert unit.wanted == 70.0


def test_by_hand_beats_commands_and_heartbeats() -> None:
    unit = Controller(60.0)
    unit.by_hand(40.0)
    unit.heartbeat_lost()
    assert give(unit, command(80.0, 1)) is Refusal.MANUAL
    assert (unit.mode, unit.wanted) == (Mode.MANUAL, 40.0)
    unit.by_hand(None)
    assert give(unit, command(80.0, 1)) is None
