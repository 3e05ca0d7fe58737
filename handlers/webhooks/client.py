"""A client that posts: to checked addresses only, in bounded time, reading a bounded answer, following nobody anywhere else."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from errno import errorcode
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from ...config.redaction import redacted
from ..contract import Disable, GiveUp, RetryAfter
from .address import Forbidden, is_allowed

CONNECT_S: Final = 3.0
"""Wall time to find the host and connect."""
SHARE: Final = 0.95
"""Of the time that a handler's call may take, what a post may: so it ends by itself, and counts as put off rather than as hung."""
LARGEST_ANSWER: Final = 64 * 1024
"""Bytes of an answer that are read."""
_SHOWN: Final = 200
"""Characters of an answer that go into a reason."""
_LATER: Final = frozenset({408, 425, 429})


class Answer(NamedTuple):
    """What the other side said."""

    status: int
    retry_after: float | None
    """Seconds."""
    text: str
    """The beginning of its body, on one line; for people, and by strangers."""


class Client:
    """Keeps connections for one handler, on whichever event loop it is called. `close` it there.

    With a `proxy` that is all that we connect to; it finds the host, and where it then goes is its own affair. `allowed` says of an
    address whether we may connect to it. `resolver` is for tests.
    """

    def __init__(
        self,
        *,
        internal: bool = False,
        ca_file: Path | None = None,
        proxy: URL | None = None,
        allowed: Callable[[str], bool] | None = None,
        resolver: Callable[[], AbstractResolver] = ThreadedResolver,
    ) -> None:
        self._allowed = allowed or (lambda address: is_allowed(address, internal=internal or proxy is not None))
        self._proxy = proxy
        self._ca_file = ca_file
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str], *, within_s: float) -> Answer:
        """Post, once. Raises RetryAfter when there is no answer within that time."""
        try:
            return await self._post(url, body, headers, within_s)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, Forbidden) else error
            why = f"{url.host}:{url.port}: {cause if isinstance(cause, Forbidden) else _told(error)}"
            raise RetryAfter(why) from None

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _post(self, url: URL, body: bytes, headers: Mapping[str, str], within_s: float) -> Answer:
        timeout = aiohttp.ClientTimeout(total=within_s, connect=CONNECT_S, sock_connect=CONNECT_S)
        async with self._open().post(
            url, data=body, headers=dict(headers), allow_redirects=False, proxy=self._proxy, timeout=timeout
        ) as answer:
            text = b""
            try:
                while len(text) < LARGEST_ANSWER and (part := await answer.content.read(LARGEST_ANSWER - len(text))):
                    text += part
            except (aiohttp.ClientError, TimeoutError):
                pass  # the status has been said
            if not answer.content.at_eof():
                answer.close()
            return Answer(answer.status, _seconds(answer.headers.get("Retry-After")), _line(text))

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:  # the loop before was given up, and its connections with it
            self._loop = loop
            context = ssl.create_default_context(cafile=self._ca_file)
            connector = aiohttp.TCPConnector(
                resolver=_Checked(self._resolver(), self._allowed),
                use_dns_cache=False,  # what was checked is what is connected to, and nothing else is kept
                ssl=context,
                socket_factory=self._socket,
                limit=0,  # as many as the host makes calls: nobody waits for a connection and calls it no answer
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a few bytes do not become a gigabyte
                trust_env=False,
                headers={"User-Agent": _agent(), "Accept-Encoding": "identity"},
            )
        return self._session

    def _socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """The last word on every connection, also to an address that was never a name."""
        family, kind, protocol, _, where = info
        if not self._allowed(str(where[0])):
            raise Forbidden(str(where[0]))
        return socket.socket(family, kind, protocol)


class _Checked(AbstractResolver):
    """Gives addresses only if each is allowed: a name that stands for a good one and a bad one is bad."""

    def __init__(self, inner: AbstractResolver, allowed: Callable[[str], bool]) -> None:
        self._inner = inner
        self._allowed = allowed

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for one in found:
            if not self._allowed(one["host"]):
                raise Forbidden(one["host"])
        return found

    async def close(self) -> None:
        await self._inner.close()


def judged(answer: Answer) -> None:
    """What an answer means for an event; returns when it was taken.

    Raises:
        GiveUp: it never will be (3xx, 4xx).
        RetryAfter: not now (408, 425, 429, 5xx).
        Disable: nobody is there any more (410).
    """
    why = f"{answer.status} {answer.text}".strip()
    if 200 <= answer.status < 300:
        return
    if answer.status == 410:
        raise Disable(why)
    if answer.status in _LATER or answer.status >= 500:
        raise RetryAfter(why, answer.retry_after)
    raise GiveUp(f"{why}: we go nowhere else" if 300 <= answer.status < 400 else why)


def _agent() -> str:
    try:
        return f"hotzone/{version('hotzone')}"
    except PackageNotFoundError:
        return "hotzone"


def _seconds(header: str | None) -> float | None:
    """`Retry-After`: seconds, or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _told(error: BaseException) -> str:
    if isinstance(error, aiohttp.InvalidURL):
        return "no URL that can be posted to"  # its own words repeat the URL
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(
        error, aiohttp.ClientSSLError
    ):  # its own words say the host again
        number = error.os_error.errno or 0
        return os.strerror(number) if number in errorcode else str(error.os_error.strerror or error.os_error)
    return str(error) or type(error).__name__


def _line(text: bytes) -> str:
    shown = redacted(text.decode(errors="replace"))[: _SHOWN * 8]  # before it is cut: half a secret is one that nobody finds
    return "".join(letter if letter.isprintable() else " " for letter in shown)[:_SHOWN].strip()
