"""Frames that only hotzone itself writes, as somebody might who forges a recording, or an operator who errs: under `$hotzone/`."""

from collections.abc import Iterator
from typing import Final

from .lines import T0, Line, Piece, line

HOUR: Final = 3600 * 10**9
LATER: Final = T0 + HOUR
_DIGITS: Final = b"1" + b"0" * 30


def operator(**fields: object) -> bytes:
    """What an operator asks for, as JSON; text is quoted, bytes stand as they are."""
    texts = {
        name: text.decode() if isinstance(text, bytes) else f'"{text}"' if isinstance(text, str) else text for name, text in fields.items()
    }
    return ("{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}").encode()


OPERATOR: Final[list[tuple[str, bytes | list[Piece], str]]] = [
    ("nothing", b"", "bad-message"),
    ("no JSON", b"acknowledge", "bad-message"),
    ("a list", b"[]", "bad-message"),
    ("no action", operator(by="me"), "bad-message"),
    ("nobody", operator(action="acknowledge", alarm="high:json"), "bad-message"),
    ("an empty name", operator(action="acknowledge", alarm="high:json", by=""), "bad-message"),
    ("a name of spaces", operator(action="acknowledge", alarm="high:json", by="  "), "missing-field"),
    ("an escape sequence for a name", operator(action="acknowledge", alarm="high:json", by=b'"\\u001b[2J"'), "bad-message"),
    ("text from right to left for a reason", operator(action="release", unit="crac-1", by="me", reason=b'"\\u202ex"'), "bad-message"),
    ("a reason of 60,000 letters", ['{"action":"release","unit":"crac-1","by":"me","reason":"', ("r", 60_000), '"}'], "bad-message"),
    ("an action that there is not", operator(action="shutdown", by="me"), "unknown-action"),
    ("an action in capitals", operator(action="ACKNOWLEDGE", alarm="high:json", by="me"), "unknown-action"),
    ("no alarm", operator(action="acknowledge", by="me"), "missing-field"),
    ("shelved without an end", operator(action="shelve", alarm="high:json", by="me", reason="x"), "missing-field"),
    ("driven without a value", operator(action="override", unit="crac-1", by="me", reason="x", until=LATER), "missing-field"),
    ("out of service, and nothing", operator(action="service", rule="high", by="me", reason="x"), "missing-field"),
    ("a value where there is none", operator(action="release", unit="crac-1", by="me", value=50), "needless-field"),
    ("zone and unit", operator(action="return", zone="json", unit="crac-1", rule="high", by="me"), "needless-field"),
    ("a unit that there is not", operator(action="release", unit="crac-9", by="me"), "unknown-name"),
    ("a hall that there is not", operator(action="resume", hall="h1/../h2", by="me"), "unknown-name"),
    ("a rule that there is not", operator(action="return", zone="json", rule="hihg", by="me"), "unknown-name"),
    ("an end that is over", operator(action="override", unit="crac-1", value=80, by="me", reason="x", until=T0 - 1), "bad-time"),
    ("an end at nought", operator(action="override", unit="crac-1", value=80, by="me", reason="x", until=0), "bad-time"),
    ("an end of 31 digits", operator(action="override", unit="crac-1", value=80, by="me", reason="x", until=_DIGITS), "bad-message"),
    ("an end in a year", operator(action="override", unit="crac-1", value=80, by="me", reason="x", until=T0 + 8760 * HOUR), "too-long"),
    ("101 percent", operator(action="override", unit="crac-1", value=101, by="me", reason="x", until=LATER), "bad-value"),
    ("-5 percent", operator(action="override", unit="crac-1", value=-5, by="me", reason="x", until=LATER), "bad-value"),
    ("1e400 percent", operator(action="override", unit="crac-1", value=b"1e400", by="me", reason="x", until=LATER), "bad-message"),
    ("NaN percent", operator(action="override", unit="crac-1", value=b"NaN", by="me", reason="x", until=LATER), "bad-message"),
    ("true percent", operator(action="override", unit="crac-1", value=b"true", by="me", reason="x", until=LATER), "bad-message"),
]
OTHERS: Final[dict[str, list[tuple[str, bytes]]]] = {
    "start": [
        ("nothing", b""),
        ("a list", b"[1]"),
        ("no JSON", b"{"),
        ("text for the time before", b'{"previous":"noon"}'),
        ("a time before of 31 digits", b'{"previous":%b}' % _DIGITS),
        ("NaN for the rate", b'{"rate":NaN}'),
        ("1 for the session", b'{"session":1}'),
    ],
    "link": [
        ("nothing", b""),
        ("no kind", b'{"detail":"x"}'),
        ("a kind that there is not", b'{"kind":"happy","detail":"x"}'),
        ("a kind that is never a frame in capitals", b'{"kind":"LOST","detail":"x"}'),
        ("a number for the detail", b'{"kind":"lost","detail":1}'),
    ],
    "request": [
        ("nothing", b""),
        ("no zone", b'{"at_least":70.0,"until":%d,"handler":"h"}' % LATER),
        ("text for the least", b'{"zone":"json","at_least":"70","until":%d,"handler":"h"}' % LATER),
        ("NaN for the least", b'{"zone":"json","at_least":NaN,"until":%d,"handler":"h"}' % LATER),
        ("1e400 for the least", b'{"zone":"json","at_least":1e400,"until":%d,"handler":"h"}' % LATER),
        ("an end of 31 digits", b'{"zone":"json","at_least":70.0,"until":%b,"handler":"h"}' % _DIGITS),
    ],
    "note": [
        ("no text", b'{"kind":"fault"}'),
        ("a time of 31 digits", b'{"kind":"fault","text":"x","at":%b}' % _DIGITS),
        ("brackets without end", b'{"kind":"fault","text":"x","y":' + b"[" * 250),
    ],
}


def lines() -> Iterator[Line]:
    """All of them."""
    good = operator(action="acknowledge", alarm="high:json", by="me")
    yield line("operator", "a good one, of an alarm that does not stand", good, topic="$hotzone/operator", expect="accept")
    for name, payload, reason in OPERATOR:
        yield line("operator", name, payload, topic="$hotzone/operator", expect="reject", reason=reason)
    for kind, rows in OTHERS.items():
        for name, raw in rows:
            yield line(f"{kind} frame", name, raw, topic=f"$hotzone/{kind}", expect="reject", reason="bad-message")
    for what in ("nothing", "a word"):
        payload = b"" if what == "nothing" else b"x"
        yield line("frame of no kind", what, payload, topic="$hotzone/shutdown", expect="reject", reason="unknown-topic")
