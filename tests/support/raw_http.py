"""One page, whatever the answer's status."""

import aiohttp


async def fetch(url: str, **headers: str) -> bytes:
    """Its body, with the head before it."""
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        return repr(answer.headers).encode() + await answer.read()
