"""What must not be repeated: every secret that was read, taken out of whatever text is going to be shown or kept.

Secrets are typed, and nobody prints one. But others repeat what they were told: a server that quotes a request in its refusal, a program
that prints its environment when it fails, a library whose error holds a URL. So text by others passes through `redacted` where it leaves:
logs, reasons of dead letters, errors on the command line, details in the log of frames. It holds for the process, as secrets do.
"""

import re
from typing import Final
from urllib.parse import quote, urlsplit

MASK: Final = "***"
SHORTEST: Final = 6
"""Characters of a secret that is looked for: a shorter one would be found in every other word."""
_BETWEEN: Final = re.compile(r"[/?&=#]")
_TOKEN: Final = 8
"""Characters of a part of a URL that may be a token; it has letters and digits, or it is a word like any other."""

_known: list[str] = []
"""The longest first, so that none is taken apart by another."""


def remember(secret: str) -> None:
    """Take this out of text from now on, and the parts of it that are secret by themselves: `Bearer` of a header is not, its token is."""
    forms = {secret, quote(secret, safe=""), *_parts(secret)}
    _known[:] = sorted({*_known, *(form for form in forms if len(form) >= SHORTEST)}, key=lambda form: (-len(form), form))


def redacted(text: str) -> str:
    """The text without secrets."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _parts(secret: str) -> set[str]:
    if "://" not in secret:
        return {word for word in secret.split() if len(word) >= 2 * SHORTEST}
    try:
        url = urlsplit(secret)
    except ValueError:
        return set()
    whole = f"{url.path}?{url.query}" if url.query else url.path
    tokens = {
        part for part in _BETWEEN.split(f"{whole}#{url.fragment}") if len(part) >= _TOKEN and not part.isalpha() and not part.isdigit()
    }
    login = {url.password, f"{url.username}:{url.password}"} if url.password else set()
    return {part for part in {url.path, whole, *tokens, *login} if part}
