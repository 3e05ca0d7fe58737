"""Text by strangers, made fit for chat: whatever a topic or a payload brought, it mentions nobody, links nowhere and marks nothing up."""

import re
from typing import Final

from ..words import LONGEST, clean

_GAP: Final = "\u200b"
"""A space of no width: it parts what a chat service would take together."""
_SIGNS: Final = re.compile(r"@(?=\S)|(?<=:)//|(?<=\w)\.(?=[^\W\d_]{2})|(?<=\$)\{")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>])")


def defused(text: str, most: int = LONGEST) -> str:
    """Clean, and neither a mention nor a link, whatever a service makes of plain text."""
    return _SIGNS.sub(lambda match: f"{match[0]}{_GAP}" if match[0] in "@." else f"{_GAP}{match[0]}", clean(text, most))


def for_slack(text: str) -> str:
    """Without `<!everyone>`, `<@user>` and `<link|text>`."""
    return defused(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def for_markdown(text: str) -> str:
    """With every sign of Markdown taken literally."""
    return _MARKDOWN.sub(r"\\\1", defused(text))
