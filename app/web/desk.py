"""What operators do, over HTTP: a frame of the log first, and then the answer what became of it."""

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec import json

from ...pipeline import journal_line
from ...pipeline.operating import Desk, Wrong
from .rooms import Refused, Shown
from .shapes import Done

PATIENCE_S: Final = 5.0
"""Wall seconds that the disk may take."""


async def operate(room: Shown, asked: Mapping[str, object]) -> Done:
    """Do what is asked for. Raises Refused."""
    payload = json.encode({name: value for name, value in asked.items() if value is not None})
    try:
        Desk(room.site).read(room.now(), payload)
    except Wrong as wrong:
        raise Refused(422, str(wrong), str(wrong.reason)) from None
    try:
        async with asyncio.timeout(PATIENCE_S):
            at, events = await room.operate(payload)
    except TimeoutError:
        raise Refused(503, "the log cannot be written now; once it can, this counts") from None
    for event in events:
        if event.type == "operator.refused":
            raise Refused(409, event.cause or "refused", "refused")
    return Done(at, [json.decode(journal_line(event)) for event in events])
