"""A command to a cooling unit as bytes, and the proof of who sent it.

Where a unit has a key, a command carries `mac`: HMAC-SHA256 in hexadecimal over topic, fan (one decimal), number, issued and expires, with a
newline between. So nobody without the key can make one, alter one, or use one unit's for another; one that is heard again is refused by its
number and its expiry.
"""

import hmac
from typing import Final

from msgspec import Struct, ValidationError, json

from ..config.secrets import Secret
from ..config.units import SECOND

EXPIRY: Final = 10 * SECOND
"""After so long a command is not obeyed any more, in hall time by its own word and in wall time by the broker's."""


class UnitCommand(Struct, omit_defaults=True):
    """What is published on a unit's topic. `fan` in percent; `issued` and `expires` in ms of the hall's clock."""

    fan: float
    number: int
    issued: int
    expires: int
    mac: str = ""


_decoder = json.Decoder(UnitCommand)


def encode(topic: str, fan: float, number: int, issued: int, expires: int, key: Secret | None = None) -> bytes:
    """The payload, signed if there is a key."""
    command = UnitCommand(round(fan, 1), number, issued, expires)
    if key is not None:
        command.mac = _mac(topic, command, key)
    return json.encode(command)


def decode(payload: bytes) -> UnitCommand:
    """What a payload says. Raises ValueError."""
    try:
        return _decoder.decode(payload)
    except ValidationError as error:
        raise ValueError(str(error)) from error


def genuine(topic: str, command: UnitCommand, key: Secret | None) -> bool:
    """Whether whoever sent it to `topic` has the key; without a key everybody is believed."""
    if key is None:
        return True
    whole = command.fan == round(command.fan, 1)  # more decimals than are signed would be somebody else's
    return whole and hmac.compare_digest(_mac(topic, command, key).encode(), command.mac.encode())


def _mac(topic: str, command: UnitCommand, key: Secret) -> str:
    text = f"{topic}\n{command.fan:.1f}\n{command.number}\n{command.issued}\n{command.expires}"
    return hmac.digest(key.reveal().encode(), text.encode(), "sha256").hex()
