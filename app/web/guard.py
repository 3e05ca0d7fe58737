"""Who may ask, and what: addresses, names of hosts, tokens and scopes; and the headers that keep a browser from being used against us.

Without tokens only this machine is answered, and only under a name of this machine, so that no page of the internet can reach us through
somebody's browser (DNS rebinding). What changes something needs the scope `operate`, and must come from our own page or from no page.
"""

import hmac
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from msgspec import json

from ...config.service import Http
from .shapes import Problem

FAILURES: Final = 20
"""Wrong tokens within a minute, after which more of them are not even told apart."""
_MINUTE_S: Final = 60.0
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Scope(StrEnum):
    """What a token is good for; `operate` is good for reading, too."""

    OPEN = "open"
    """Needs no token: what supervisors ask, and the files of the page."""
    READ = "read"
    OPERATE = "operate"


class Guard:
    """Decides about each request by the scope of its route; `scopes` knows that by the route's name."""

    def __init__(self, http: Http, scopes: dict[str, Scope], now: Callable[[], float] = time.monotonic) -> None:
        self._tokens = [(bytes.fromhex(token.sha256), Scope(token.scope)) for token in http.tokens]
        self._hosts = _LOCAL | {http.host.lower(), (http.name or http.host).lower()}
        self._scopes = scopes
        self._now = now
        self._failed: deque[float] = deque(maxlen=FAILURES)

    def middleware(self) -> Middleware:
        """For the application."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._admit(request)
                response = await handler(request)
            except web.HTTPException as error:
                error.headers.update(HEADERS)
                raise
            if not response.prepared:
                response.headers.update(HEADERS)
            return response

        return guarded

    def _admit(self, request: web.Request) -> None:
        if not self._known(request.host):
            raise _refused(web.HTTPMisdirectedRequest, f"this server is not {request.host!r}; [http] name says what else it is called")
        origin = request.headers.get(hdrs.ORIGIN)
        if request.method not in {"GET", "HEAD"} and origin is not None and urlsplit(origin).netloc != request.host:
            raise _refused(web.HTTPForbidden, "asked for by the page of another server")
        scope = self._scopes.get(request.match_info.route.name or "", Scope.READ)
        if scope is Scope.OPEN or not self._tokens:
            return
        granted = self._granted(request.headers.get(hdrs.AUTHORIZATION, ""))
        if granted is None:
            raise _refused(
                web.HTTPUnauthorized, "a token is needed: Authorization: Bearer ...", **{"WWW-Authenticate": 'Bearer realm="hotzone"'}
            )
        if scope is Scope.OPERATE and granted is not Scope.OPERATE:
            raise _refused(web.HTTPForbidden, "this token is for reading")

    def _known(self, host: str) -> bool:
        try:
            return (urlsplit(f"//{host}").hostname or "") in self._hosts
        except ValueError:
            return False

    def _granted(self, header: str) -> Scope | None:
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer" or not token:
            return None
        digest = sha256(token.strip().encode(errors="replace")).digest()
        found = [scope for known, scope in self._tokens if hmac.compare_digest(known, digest)]
        if found:
            return Scope.OPERATE if Scope.OPERATE in found else Scope.READ
        self._count_failure()
        return None

    def _count_failure(self) -> None:
        now = self._now()
        if len(self._failed) == FAILURES and now - self._failed[0] < _MINUTE_S:
            raise _refused(web.HTTPTooManyRequests, "too many wrong tokens; wait a minute", **{"Retry-After": "60"})
        self._failed.append(now)


def _refused(kind: type[web.HTTPException], why: str, **headers: str) -> web.HTTPException:
    return kind(text=json.encode(Problem(why)).decode(), content_type="application/json", headers=headers)
