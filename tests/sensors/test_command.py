"""Commands to cooling units: what is sent, and that a unit with a key obeys nobody without it."""

import random

import pytest
from msgspec import json

from hotzone.config.secrets import Secret
from hotzone.config.units import MILLISECOND, SECOND
from hotzone.sensors.command import decode, encode, genuine
from hotzone.sensors.hall import Refusal
from hotzone.sensors.hall.controller import Controller

TOPIC = "dc/h1/units/crac-1/command"
KEY, OTHER = Secret("0123456789abcdef" * 2), Secret("another key of enough length")
NOW = 1_700_000_000 * SECOND
ISSUED, EXPIRES = NOW // MILLISECOND, NOW // MILLISECOND + 10_000


def command(fan: float = 80.0, number: int = 17, *, topic: str = TOPIC, key: Secret | None = KEY, issued: int = ISSUED) -> bytes:
    return encode(topic, fan, number, issued, issued + 10_000, key)


def test_the_form_is_the_documented_one_and_the_key_is_not_in_it() -> None:
    said = json.decode(command())
    assert {name: said[name] for name in ("fan", "number", "issued", "expires")} == {
        "fan": 80.0,
        "number": 17,
        "issued": ISSUED,
        "expires": EXPIRES,
    }
    assert len(bytes.fromhex(said["mac"])) == 32
    assert KEY.reveal().encode() not in command()
    assert "mac" not in json.decode(command(key=None))


def test_a_known_mac_so_that_others_can_check_theirs() -> None:
    """Over `topic\\nfan\\nnumber\\nissued\\nexpires`, computed apart with openssl: printf '...' | openssl dgst -sha256 -hmac KEY."""
    said = decode(encode("t", 80.0, 17, 1, 2, Secret("k" * 16)))
    assert said.mac == "a9799fab3cfc9807410cd6e2de4180a91a7afe390776415d66145aec53a82a9a"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("without a signature", command(key=None)),
        ("by somebody with another key", command(key=OTHER)),
        ("meant for another unit", command(topic="dc/h1/units/crac-2/command")),
        ("with another fan", command().replace(b"80.0", b"10.0")),
        ("with a fan that differs where nothing is signed", command().replace(b"80.0", b"80.04")),
        ("with a larger number", command().replace(b":17,", b":18,")),
        ("made to last longer", command().replace(b"%d" % EXPIRES, b"%d" % (EXPIRES + 1))),
    ],
)
def test_a_unit_with_a_key_refuses_what_is(name: str, payload: bytes) -> None:  # noqa: ARG001  asked for, not used
    unit = Controller(50.0, topic=TOPIC, key=KEY)
    assert unit.command(NOW, payload, retained=False, deaf=False) is Refusal.FORGED
    assert unit.commanded == 50.0


def test_it_obeys_whoever_has_the_key_and_the_same_again() -> None:
    unit = Controller(50.0, topic=TOPIC, key=KEY)
    for _ in range(2):
        assert unit.command(NOW, command(), retained=False, deaf=False) is None
    assert unit.commanded == 80.0


def test_a_unit_without_a_key_believes_everybody() -> None:
    assert genuine(TOPIC, decode(command(key=None)), None)
    assert Controller(50.0).command(NOW, command(key=None), retained=False, deaf=False) is None


def test_none_of_ten_thousand_forged_altered_replayed_expired_or_retained_commands_is_obeyed() -> None:
    chance = random.Random(1)
    unit = Controller(50.0, topic=TOPIC, key=KEY)
    assert unit.command(NOW, command(61.0, 100), retained=False, deaf=False) is None
    tried = dict.fromkeys(("altered", "forged", "replayed", "expired", "retained"), 0)
    for attempt in range(10_000):
        kind = list(tried)[attempt % len(tried)]
        at, retained, payload = NOW, False, command(chance.uniform(0, 60), 101 + attempt)
        match kind:
            case "altered":
                place = chance.randrange(len(payload) * 8)
                bits = bytearray(payload)
                bits[place // 8] ^= 1 << place % 8
                payload = bytes(bits)
            case "forged":
                payload = command(chance.uniform(0, 60), 101 + attempt, key=Secret(f"{chance.getrandbits(256):064x}"))
            case "replayed":
                payload = command(chance.uniform(0, 60), chance.randrange(100))
            case "expired":
                at = NOW + chance.randrange(10 * SECOND + 1, 10**6 * SECOND)
            case "retained":
                retained = True
        tried[kind] += 1
        assert unit.command(at, payload, retained=retained, deaf=False) is not None, f"{kind}: {payload!r}"
        assert unit.commanded == 61.0
    assert min(tried.values()) > 1000
