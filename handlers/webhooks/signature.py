"""Signatures by Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, one for each key, so that keys can be changed one after the other."""

# ruff: noqa: EM101 - `Unfit` takes facts, not a message
import binascii
import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final

from ...config.problems import Unfit
from ...config.secrets import Secret

_PREFIX: Final = "whsec_"
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.:@+/-]{1,256}", re.ASCII)
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a key, by the standard."""


class Signer:
    """Signs with every key. Raises `Unfit`, which shows none, for a key that is none."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._keys = [_key(secret) for secret in secrets]

    def headers(self, event_id: str, seconds: int, body: bytes) -> dict[str, str]:
        """The headers of one attempt at `seconds` since the epoch, wall time; the id is that of the event in every attempt."""
        name = header_id(event_id)
        headers = {"webhook-id": name, "webhook-timestamp": str(seconds)}
        if self._keys:
            signed = b"%b.%d.%b" % (name.encode(), seconds, body)
            signatures = (b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in self._keys)
            headers["webhook-signature"] = " ".join(f"v1,{signature}" for signature in signatures)
        return headers


def header_id(event_id: str) -> str:
    """The event's id, or one made of it where a note put something into it that no header takes."""
    return event_id if _PLAIN_ID.fullmatch(event_id) else f"msg_{hashlib.sha256(event_id.encode()).hexdigest()}"


def _key(secret: Secret) -> bytes:
    text = secret.reveal()
    try:
        key = b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise Unfit("a key of another form (not shown)", f"{_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64")
    return key
