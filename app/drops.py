"""The broker's count of what it threw away, kept across runs: what it throws away while nobody listens is told at the next start."""

import asyncio
from contextlib import suppress
from typing import Final

from ..sensors.mqtt import MqttSource
from .ledger import Ledger
from .runtime import Runtime
from .state_file import StateUnwritable

LOOK_S: Final = 2.0
"""Wall seconds between two looks; Mosquitto says it each 10 s."""
_FACT: Final = "drops"


async def recall(source: MqttSource, ledger: Ledger) -> None:
    """Tell the source what an earlier run heard, before it is started."""
    fact = await ledger.fact(_FACT)
    source.dropped = None if fact is None else int(fact)


async def remember(source: MqttSource, ledger: Ledger, runtime: Runtime) -> None:
    """Keep the count for ever; run it as a task. A growth is told before it is kept, so a kill between the two tells it again."""
    kept = source.dropped
    while True:
        await asyncio.sleep(LOOK_S)
        count = source.dropped
        if count is None or count == kept:
            continue
        await runtime.passed(runtime.last_at)
        with suppress(StateUnwritable):
            await ledger.remember(_FACT, str(count))
            kept = count
