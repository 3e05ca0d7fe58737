"""Asking a run over its API, from the command line. The token comes from the environment, so it is in no list of processes."""

import os
import re
import ssl
from http.client import HTTPException
from typing import Final, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from msgspec import MsgspecError, Struct, json

from ..config.http import loopback
from .errors import RunFailed, UserError
from .web.shapes import AlarmNow, Done, Problem

TOKEN: Final = "HOTZONE_TOKEN"  # noqa: S105  the name of a variable
PATIENCE_S: Final = 15.0
"""Wall seconds to wait for an answer; the run itself gives its disk 5."""
_LONGEST: Final = 32 << 20
"""Bytes of an answer."""
_TOKENS: Final = re.compile(r"[!-~]*")
_Shape = TypeVar("_Shape")


class Run:
    """A run that listens at `url`. Raises UserError for an address that cannot be asked."""

    def __init__(self, url: str, authority: str | None = None) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            msg = f"--url {url}: expected http://HOST:PORT or https://HOST:PORT, as `hotzone run` prints it"
            raise UserError(msg)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self._token = os.environ.get(TOKEN, "").strip()
        if not _TOKENS.fullmatch(self._token):
            msg = f"the variable {TOKEN} holds no token of hotzone (not shown): one word, as `hotzone token` gave it"
            raise UserError(msg)
        if self._token and parts.scheme == "http" and not loopback(parts.hostname):
            msg = f"--url {url}: the token of {TOKEN} would go over the network for everybody to read; use https"
            raise UserError(msg)
        self._opener = _opener(authority)

    def alarms(self) -> list[AlarmNow]:
        """Those that are not normal. Raises RunFailed, UserError."""
        return self._ask("alarms", list[AlarmNow])

    def now(self) -> int:
        """Log time, ns. Raises RunFailed, UserError."""
        return self._ask("state", _Now).at

    def do(self, kind: str, name: str, action: str, **asked: object) -> Done:
        """Do something about the alarm, unit or hall of that name; None is left out. Raises RunFailed, UserError."""
        body = json.encode({field: value for field, value in asked.items() if value is not None})
        return self._ask(f"{kind}/{quote(name, safe=':@')}/{action}", Done, body)

    def _ask(self, path: str, shape: type[_Shape], body: bytes | None = None) -> _Shape:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        request = Request(f"{self.url}/api/v1/{path}", data=body, headers=headers)  # noqa: S310  http or https, as checked above
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                return json.decode(answer.read(_LONGEST), type=shape)
        except HTTPError as error:
            raise self._refused(error) from None
        except (URLError, OSError, HTTPException, UnicodeError) as error:
            msg = f"nobody answers at {self.url}: {_why(error)}; `hotzone run` prints its address, --url takes it"
            raise RunFailed(msg) from None
        except MsgspecError:
            msg = f"what answers at {self.url} is no hotzone of this version"
            raise RunFailed(msg) from None

    def _refused(self, error: HTTPError) -> Exception:
        try:
            why = json.decode(error.read(_LONGEST), type=Problem).error
        except (MsgspecError, OSError, HTTPException):
            why = f"{error.code} {error.reason}"
        if error.code in {401, 403}:
            return UserError(f"{self.url}: {why}; the token is taken from the variable {TOKEN}")
        return UserError(why) if error.code in {404, 422} else RunFailed(f"{self.url}: {why}")


class _Now(Struct):
    at: int


class _Stay(HTTPRedirectHandler):
    """A token goes where it was meant to, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(authority: str | None) -> OpenerDirector:
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        msg = f"--ca {authority}: no certificates in PEM: {error}"
        raise UserError(msg) from None
    return build_opener(ProxyHandler({}), HTTPSHandler(context=context), _Stay())


def _why(error: Exception) -> object:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or reason
