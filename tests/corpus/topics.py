"""Topics: names that are none of ours, each with a payload that would do."""

from collections.abc import Iterator
from typing import Final

from .lines import STANDARD, Line, Piece, line

RACK: Final = "dc/h1/topics/{}/in-1"
"""Where a name stands that the subscription to the zone brings."""
KNOWN: Final = "dc/h1/topics/cafe.rack/in-1"
"""A thermometer that there is; the site file has it."""

BLOCKED: Final[list[tuple[str, str, bytes]]] = [
    ("NUL", "a NUL", b"dc/h1/topics/a\x00b/in-1"),
    ("NUL", "a NUL behind a good topic", KNOWN.encode() + b"\x00"),
    ("+", "a plus", b"dc/h1/topics/+/in-1"),
    ("+", "a plus inside of a name", b"dc/h1/topics/a+b/in-1"),
    ("#", "a hash", b"dc/h1/topics/#"),
    ("#", "a hash inside of a name", b"dc/h1/topics/a#b/in-1"),
    ("empty", "an empty topic", b""),
    ("> 200 levels", "201 levels", b"/".join([b"a"] * 202)),
    ("> 200 levels", "ten thousand levels", b"/".join([b"a"] * 10_000)),
    ("bad UTF-8", "a byte that begins nothing", b"dc/h1/topics/\xff/in-1"),
    ("bad UTF-8", "a sequence cut short", b"dc/h1/topics/\xe2\x82/in-1"),
    ("bad UTF-8", "a byte that only continues", b"dc/h1/topics/\x80/in-1"),
    ("surrogate ED A0 80", "a surrogate", b"dc/h1/topics/\xed\xa0\x80/in-1"),
    ("surrogate ED A0 80", "a pair of surrogates", b"dc/h1/topics/\xed\xa0\xbd\xed\xb8\x80/in-1"),
    ("overlong C0 AF", "an overlong slash", b"dc/h1/topics/a\xc0\xafb/in-1"),
    ("overlong C0 AF", "an overlong NUL", b"dc/h1/topics/a\xc0\x80b/in-1"),
    ("control U+0001", "a control character", b"dc/h1/topics/\x01/in-1"),
    ("control U+0001", "an escape sequence", b"dc/h1/topics/\x1b[2J/in-1"),
    ("control U+0001", "a delete", b"dc/h1/topics/\x7f/in-1"),
    ("C1 U+0085", "a next line", "dc/h1/topics/a\u0085b/in-1".encode()),
    ("C1 U+0085", "a control sequence introducer", "dc/h1/topics/\u009b2J/in-1".encode()),
    ("newline", "a newline", b"dc/h1/topics/a\nb/in-1"),
    ("newline", "a newline behind a good topic", KNOWN.encode() + b"\n"),
    ("newline", "a carriage return", b"dc/h1/topics/a\rb/in-1"),
    ("U+FFFF", "a character that is none", "dc/h1/topics/\uffff/in-1".encode()),
    ("U+FFFF", "another one", "dc/h1/topics/\U0001fffe/in-1".encode()),
    ("$SYS publish", "the broker's own topic", b"$SYS/broker/uptime"),
    ("$SYS publish", "the count of dropped messages", b"$SYS/broker/publish/messages/dropped"),
]
"""What Mosquitto refuses; a replay may bring it all the same."""

CARRIED: Final[list[tuple[str, str, str | list[Piece]]]] = [
    ("65,535-byte name", "a name of 65,535 bytes", ["dc/h1/topics/", ("a", 65_535 - 18), "/in-1"]),
    ("65,535-byte name", "65,535 bytes of one level", [("a", 65_535)]),
    ("65,535-byte name", "a name of 65 characters", ["dc/h1/topics/", ("a", 65), "/in-1"]),
    ("200 levels", "200 levels", [("a/", 199), "a"]),
    ("200 levels", "nine levels", "dc/h1/topics/a/b/c/d/e/f"),
    ("leading / and //", "a leading slash", f"/{KNOWN}"),
    ("leading / and //", "two slashes", "dc/h1//cafe.rack/in-1"),
    ("leading / and //", "a rack without a name", RACK.format("")),
    ("leading / and //", "a slash at the end", f"{KNOWN}/"),
    ("leading / and //", "only slashes", "////"),
    ("$foo/x", "a topic with a dollar", "$foo/x"),
    ("$foo/x", "a dollar before a good topic", f"${KNOWN}"),
    ("$foo/x", "an operator's frame", "$hotzone/operator"),
    ("$foo/x", "a frame of hotzone that there is not", "$hotzone/shutdown"),
    ("U+FEFF", "a byte order mark before a good topic", f"\ufeff{KNOWN}"),
    ("U+FEFF", "a zero-width space of no width", RACK.format("cafe.rack\ufeff")),
    ("U+202E", "text from right to left", RACK.format("cafe\u202ekcar")),
    ("U+202E", "an isolate", RACK.format("\u2066cafe\u2069")),
    ("U+202E", "a line separator", RACK.format("a\u2028b")),
    ("<script>", "a script", RACK.format("<script>alert(1)<")),
    ("<script>", "an image that fails", RACK.format('"><img src=x onerror=alert(1)>')),
    ("../../etc", "a way up", "../../etc/passwd"),
    ("../../etc", "a way up inside", RACK.format("..").replace("in-1", "..")),
    ("../../etc", "dots where a rack should be", RACK.format("..")),
    ("../../etc", "an encoded way up", RACK.format("%2e%2e%2f")),
    ("../../etc", "backslashes", RACK.format("..\\..\\etc")),
    ("NFC and NFD twins", "é in one character", RACK.format("caf\u00e9.rack")),
    ("NFC and NFD twins", "é in two characters", RACK.format("cafe\u0301.rack")),
    ("homoglyphs", "a Cyrillic а", RACK.format("c\u0430fe.rack")),
    ("homoglyphs", "a Cyrillic с", RACK.format("\u0441afe.rack")),
    ("homoglyphs", "full-width letters", RACK.format("\uff43afe.rack")),
    ("homoglyphs", "a zero-width joiner", RACK.format("ca\u200dfe.rack")),
    ("homoglyphs", "a soft hyphen", RACK.format("ca\u00adfe.rack")),
    ("case twins", "upper case", RACK.format("CAFE.RACK")),
    ("case twins", "a capital letter", RACK.format("Cafe.rack")),
    ("case twins", "another zone's case", "dc/h1/Topics/cafe.rack/in-1"),
    ("case twins", "a dotless i", RACK.format("cafe.rack").replace("in-1", "\u0131n-1")),
    ("trailing space", "a space at the end", f"{KNOWN} "),
    ("trailing space", "a space at the beginning", f" {KNOWN}"),
    ("trailing space", "a no-break space", RACK.format("cafe.rack\u00a0")),
    ("trailing space", "a tab's picture", RACK.format("cafe.rack\u2409")),
    ("__proto__", "__proto__", RACK.format("__proto__")),
    ("constructor", "constructor", RACK.format("constructor")),
    ("constructor", "toString", RACK.format("toString")),
    ("CON", "CON", RACK.format("CON")),
    ("CON", "NUL.txt", RACK.format("NUL.txt")),
    ("SQL quotes", "a quote", RACK.format("'; DROP TABLE chunks; --")),
    ("SQL quotes", "double quotes", RACK.format('" OR ""="')),
    ("format bait", "braces", RACK.format("{}")),
    ("format bait", "a placeholder", RACK.format("{0.__class__}")),
    ("format bait", "percent s", RACK.format("%s%n%x")),
    ("format bait", "dollar braces", RACK.format("${jndi:ldap://x}")),
    ("format bait", "markup of a terminal", RACK.format("[bold red]hot[/]")),
    ("CSV formula", "a formula", RACK.format("=cmd()")),
    ("CSV formula", "a formula with a program", RACK.format("=cmd|' -C calc'!A0")),
    ("CSV formula", "a formula with an at", RACK.format("@SUM(1)")),
    ("unknown thermometer", "one that the site file does not have", RACK.format("topics-r9")),
    ("unknown thermometer", "one with another position", "dc/h1/topics/cafe.rack/in-2"),
    ("unknown thermometer", "one level too few", "dc/h1/topics/cafe.rack"),
]
"""What Mosquitto carries, and is none of our topics."""


def lines() -> Iterator[Line]:
    """All of them, and the one good topic among its twins."""
    yield line("exact match", "the good one", STANDARD, topic=KNOWN, expect="accept", says=(23.46, 1_700_000_000_123_000_000, 42))
    for entry, name, raw in BLOCKED:
        yield line(entry, name, STANDARD, topic=_recipe(raw), expect="reject", reason="unknown-topic", broker="refuses")
    for entry, name, topic in CARRIED:
        known = topic == "$hotzone/operator"
        yield line(entry, name, STANDARD, topic=topic, expect="reject", reason="bad-message" if known else "unknown-topic")


def _recipe(raw: bytes) -> str | bytes | list[Piece]:
    if len(raw) > 300:
        return [("a/", raw.count(b"/")), "a"]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    return text if text.isprintable() and text else raw
