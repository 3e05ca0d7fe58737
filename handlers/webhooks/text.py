"""Text by strangers, made fit for chat: whatever a topic or a payload brought, it mentions nobody, links nowhere and marks nothing up."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 500
_GAP: Final = "\u200b"
"""A space of no width: it parts what a chat service would take together."""
_SIGNS: Final = re.compile(r"@(?=\S)|(?<=:)//|(?<=\w)\.(?=[^\W\d_]{2})|(?<=\$)\{")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>])")


def clean(text: str, most: int = LONGEST) -> str:
    """On one line, without control and formatting characters, which turn text around or hide it."""
    visible = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    shown = "".join(letter for letter in visible if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"})
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def defused(text: str, most: int = LONGEST) -> str:
    """Clean, and neither a mention nor a link, whatever a service makes of plain text."""
    return _SIGNS.sub(lambda match: f"{match[0]}{_GAP}" if match[0] in "@." else f"{_GAP}{match[0]}", clean(text, most))


def for_slack(text: str) -> str:
    """Without `<!everyone>`, `<@user>` and `<link|text>`."""
    return defused(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def for_markdown(text: str) -> str:
    """With every sign of Markdown taken literally."""
    return _MARKDOWN.sub(r"\\\1", defused(text))
