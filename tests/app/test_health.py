"""Alive and ready, and why not."""

import asyncio

import pytest

from hotzone.app.health import LAG_LIMIT, PULSE, Health, watch_loop


def ready() -> Health:
    return Health(connected=True, subscribed=True, log_writable=True, clock_right=True)


def test_it_starts_alive_and_not_ready_with_every_reason() -> None:
    health = Health()
    assert health.not_alive() == []
    assert health.not_ready() == ["not connected to the broker", "not subscribed", "the log cannot be written"]


@pytest.mark.parametrize("part", ["connected", "subscribed", "log_writable", "clock_right"])
def test_each_part_alone_is_enough_not_to_be_ready(part: str) -> None:
    health = ready()
    assert health.not_ready() == []
    setattr(health, part, False)
    assert len(health.not_ready()) == 1


def test_a_late_loop_is_a_reason_to_restart() -> None:
    health = ready()
    health.lags.append(LAG_LIMIT - 0.1)
    assert health.not_alive() == []
    health.lags.append(LAG_LIMIT + 0.2)
    assert health.not_alive() == ["the event loop was 5.2 s late"]
    assert health.not_ready() == health.not_alive()


def test_an_old_lag_is_forgotten_after_a_minute() -> None:
    health = ready()
    health.lags.append(LAG_LIMIT + 1)
    health.lags.extend([0.0] * round(60 / PULSE))
    assert health.not_alive() == []


async def test_the_lag_is_what_a_sleep_took_too_long() -> None:
    health = Health()
    clock = 100.0
    oversleep = iter([0.0, 0.5, 7.0])

    async def sleep(seconds: float) -> None:
        nonlocal clock
        late = next(oversleep, None)
        if late is None:
            raise asyncio.CancelledError
        clock += seconds + late

    with pytest.raises(asyncio.CancelledError):
        await watch_loop(health, sleep=sleep, now=lambda: clock)
    assert list(health.lags) == pytest.approx([0.0, 0.5, 7.0])
    assert health.lag == pytest.approx(7.0)
