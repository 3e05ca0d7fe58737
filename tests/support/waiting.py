"""Waiting for conditions without sleeping through them."""

import asyncio
from collections.abc import Callable

_STEP_S = 0.005


async def until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Give the loop time until `condition` holds; on a busy machine that takes a while. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for need not know of it
            await asyncio.sleep(_STEP_S)
