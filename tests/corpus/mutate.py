"""Inputs drawn from the corpus and changed, each from its own number: what fails is made again by `inputs(seed, number)`."""

from functools import cache
from random import Random
from typing import Final

from .lines import load

SMALL: Final = 400
"""Bytes up to which a payload is changed often; longer ones are for once in a while."""
TOKENS: Final = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        *(
            '"value"',
            '"temp"',
            '"unit"',
            '"time"',
            '"ts"',
            '"sequence"',
            '"seq"',
            ":",
            ",",
            "{",
            "}",
            "[",
            "]",
            '"',
            "\\",
            "\\u0000",
            "\\ud800",
        ),
        *(
            "null",
            "true",
            "false",
            "NaN",
            "-Infinity",
            "1e400",
            "1e-400",
            "-0.0",
            "0",
            "-1",
            "85.0",
            "-127",
            "1_0",
            "0x1f",
            "+",
            "-",
            ".",
            "e",
        ),
        *(
            '"C"',
            '"F"',
            '"K"',
            '"°C"',
            '"Cel"',
            '"Pa"',
            "1700000000",
            "1700000000123",
            "1700000000123000001",
            "9223372036854775808",
            "1" * 25,
        ),
        *(
            '"2023-11-14T22:13:20Z"',
            '"2023-11-14T22:13:20"',
            '"2016-12-31T23:59:60Z"',
            " ",
            "\t",
            "\r\n",
            "\x00",
            "\x1b[2J",
            "\ufeff",
            "\u202e",
            "\ud800",
        ),
        *(
            "[" * 120,
            "]" * 120,
            '{"a":' * 120,
            "9" * 420,
            " " * 1000,
            "//",
            "/**/",
            "online",
            '"fan"',
            '"kind"',
            '"at"',
            '"previous"',
            '"until"',
        ),
    )
)
KEYS: Final = ("value", "temperature", "temp", "unit", "time", "timestamp", "ts", "sequence", "seq", "x", "", "VALUE", "val\\u0075e", "é")
SCALARS: Final = (
    *("0", "1", "-1", "21", "21.5", "-0.0", "85", "-127", "1e308", "1e309", "-1e309", "5e-324", "NaN", "Infinity", "true", "false", "null"),
    *(
        "1700000000",
        "1700000000.123",
        "1700000000123",
        "1700000000123000",
        "1700000000123000001",
        "999999999",
        "9223372036",
        "9223372035999",
    ),
    *(
        '"C"',
        '"f"',
        '" K "',
        '"°F"',
        '""',
        '"\\ud800"',
        '"\\u001b"',
        "42",
        "4294967295",
        "9223372036854775807",
        "9223372036854775808",
        "[]",
        "{}",
    ),
    *(
        '"2023-11-14T22:13:20.123Z"',
        '"2023-11-14T22:13:20+01:00"',
        '"2023-11-14"',
        '"20231114T221320Z"',
        '"2023-W46-2"',
        "[1,[2,{}]]",
        "01",
        "1.",
    ),
)


@cache
def bases() -> tuple[list[bytes], list[bytes]]:
    """The payloads of the corpus, small and large, but for those of megabytes."""
    payloads = [line.payload_bytes for line in load()]
    return [one for one in payloads if len(one) <= SMALL], [one for one in payloads if SMALL < len(one) <= 70_000]


def random_of(seed: int, number: int) -> Random:
    """What an input is drawn by."""
    return Random(seed * 1_000_000_007 + number)


def payload(rng: Random) -> bytes:
    """A payload: one of the corpus, changed in a few places; or an object of keys and values that fit, or nearly."""
    if rng.random() < 0.4:
        return _object(rng)
    small, large = bases()
    return changed(rng, rng.choice(large if rng.random() < 0.01 else small), small)


def _object(rng: Random) -> bytes:
    keys = rng.sample(KEYS[:9], rng.randrange(1, 5)) if rng.random() < 0.7 else rng.choices(KEYS, k=rng.randrange(6))
    white = rng.choice(("", "", "", " ", "\n"))
    return ("{" + f",{white}".join(f'"{key}":{_scalar(rng, key)}' for key in keys) + "}" + white).encode()


def _scalar(rng: Random, key: str) -> str:
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(SCALARS)
    if kind < 0.4:
        return str(rng.randrange(10 ** rng.randrange(1, 22)))
    if key.startswith("t") and not key.startswith("temp"):
        return str(int(rng.uniform(1e9, 9.3e9) * 10 ** rng.choice((0, 3, 6, 9))))
    if key == "unit":
        return rng.choice(('"C"', '"°F"', '"kelvin"', "null"))
    return str(rng.randrange(2**33)) if key.startswith("seq") else repr(round(rng.uniform(-300, 300), rng.randrange(8)))


def changed(rng: Random, base: bytes, others: list[bytes]) -> bytes:
    """The bytes with one to four changes."""
    data = bytearray(base)
    for _ in range(rng.randrange(1, 5)):
        begin = rng.randrange(len(data) + 1)
        end = min(len(data), begin + rng.randrange(1, 9))
        match rng.randrange(8):
            case 0 if data:
                position = rng.randrange(len(data))
                data[position] ^= 1 << rng.randrange(8)
            case 1 if data:
                data[rng.randrange(len(data))] = rng.choice((0, 9, 10, 32, 34, 45, 46, 48, 57, 92, 101, 123, 125, 127, 128, 192, 237, 255))
            case 2:
                del data[begin:end]
            case 3:
                data[begin:begin] = data[begin:end] * rng.randrange(1, 4)
            case 4 | 5:
                data[begin:begin] = rng.choice(TOKENS)
            case 6:
                other = rng.choice(others)
                cut = rng.randrange(len(other) + 1)
                data[begin:] = other[cut:]
            case _:
                del data[begin:]
    return bytes(data)
