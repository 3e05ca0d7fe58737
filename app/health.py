"""Is this hotzone alive, and is it ready: what a supervisor asks, each answered with the reasons against it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

LAG_LIMIT: Final = 5.0
"""Seconds by which the event loop may be late: units go to 100 % by themselves when they hear no heartbeat for as long."""

PULSE: Final = 0.25
"""Seconds between two looks at the loop."""

_REMEMBERED: Final = 240
"""Looks that count as "of late": a minute of them."""


@dataclass(slots=True)
class Health:
    """What the runtime knows of itself. It starts as not ready; whoever owns a part sets its field on each change."""

    connected: bool = False
    subscribed: bool = False
    log_writable: bool = False
    clock_right: bool = True
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def lag(self) -> float:
        """How late the event loop was at worst in the last minute, in seconds."""
        return max(self.lags, default=0.0)

    def not_alive(self) -> list[str]:
        """Reasons to restart the process; empty when there is none."""
        return [f"the event loop was {self.lag:.1f} s late"] if self.lag >= LAG_LIMIT else []

    def not_ready(self) -> list[str]:
        """Reasons why readings do not become cooling now; empty when they do."""
        parts = {
            "not connected to the broker": self.connected,
            "not subscribed": self.subscribed,
            "the log cannot be written": self.log_writable,
            "the system's clock was set back": self.clock_right,
        }
        return [*(reason for reason, good in parts.items() if not good), *self.not_alive()]


async def watch_loop(
    health: Health, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, now: Callable[[], float] | None = None
) -> None:
    """Measure the event loop's lag for ever; run it as a task. `now` is monotonic, in seconds: the loop's own time unless given."""
    now = now or asyncio.get_running_loop().time
    due = now() + PULSE
    while True:
        await sleep(PULSE)
        health.lags.append(max(0.0, now() - due))
        due = now() + PULSE
