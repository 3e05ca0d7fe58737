"""What each service takes, as a literal. Whatever did not come from us goes through the escape of its service, or where nothing is interpreted."""

from collections.abc import Callable
from typing import Final, NamedTuple

from ...config.model import Priority, Site
from ...pipeline import AlarmEvent, Event
from ...pipeline.alarms import STANDING
from ...pipeline.events import said
from ..words import clean, facts, moment, sentence, title
from .text import defused, for_markdown, for_slack

_COLOURS: Final = {Priority.LOW: 0x3B82F6, Priority.MEDIUM: 0xF59E0B, Priority.HIGH: 0xEA580C, Priority.CRITICAL: 0xDC2626}
_OVER: Final = 0x16A34A
_PLAIN: Final = 0x64748B
_ADAPTIVE: Final = "application/vnd.microsoft.card.adaptive"


class Message(NamedTuple):
    """An event, and what a service may want to know about it."""

    event: Event
    site: Site
    topic: str = ""
    """For ntfy: the last part of its URL."""

    @property
    def title(self) -> str:
        """In a few words."""
        return title(self.event, self.site)

    @property
    def text(self) -> str:
        """In a sentence."""
        return sentence(self.event, self.site)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values."""
        return facts(self.event, self.site)

    @property
    def stands(self) -> bool:
        """Whether it is an alarm whose condition holds."""
        return isinstance(self.event, AlarmEvent) and self.event.state in STANDING

    @property
    def colour(self) -> int:
        """By priority while it stands, green when it is over, grey for what is no alarm."""
        if not isinstance(self.event, AlarmEvent):
            return _PLAIN
        return _COLOURS[self.event.priority] if self.stands else _OVER


def hotzone(message: Message) -> object:
    """The event as it is, in the envelope that Standard Webhooks recommends. It is data: whoever shows it escapes it."""
    event = message.event
    data = said(event)
    return {
        "type": data.pop("type"),
        "timestamp": moment(event.at),
        "data": {**data, "id": event.id, "site": message.site.name, "title": message.title, "summary": message.text},
    }


def slack(message: Message) -> object:
    """Plain text in blocks; `text` is what a notification shows."""
    fields = [{"type": "plain_text", "text": for_slack(f"{name}: {value}"), "emoji": False} for name, value in message.facts]
    return {
        "text": for_slack(f"{message.title}: {message.text}"),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": for_slack(message.title)[:150], "emoji": False}},
            {"type": "section", "text": {"type": "plain_text", "text": for_slack(message.text), "emoji": False}},
            {"type": "section", "fields": fields[:10]},
        ],
    }


def discord(message: Message) -> object:
    """An embed; nobody is mentioned, whatever it says."""
    return {
        "username": "hotzone",
        "allowed_mentions": {"parse": []},
        "embeds": [
            {
                "title": for_markdown(message.title)[:256],
                "description": for_markdown(message.text),
                "color": message.colour,
                "timestamp": moment(message.event.at),
                "fields": [{"name": name, "value": for_markdown(value), "inline": True} for name, value in message.facts[:25]],
            }
        ],
    }


def mattermost(message: Message) -> object:
    """An attachment, also for Rocket.Chat and others that take Slack's older form with Markdown in it."""
    return {
        "username": "hotzone",
        "text": f"**{for_markdown(message.title)}**",
        "props": {"disable_group_highlight": True},
        "attachments": [
            {
                "fallback": for_markdown(f"{message.title}: {message.text}"),
                "color": f"#{message.colour:06x}",
                "text": for_markdown(message.text),
                "fields": [{"short": True, "title": name, "value": for_markdown(value)} for name, value in message.facts],
            }
        ],
    }


def teams(message: Message) -> object:
    """An adaptive card for a workflow; runs of text are not interpreted."""

    def run(text: str, **more: object) -> dict[str, object]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": defused(text), **more}]}

    style = {_OVER: "Good", _PLAIN: "Default", _COLOURS[Priority.LOW]: "Accent", _COLOURS[Priority.MEDIUM]: "Warning"}
    body = [
        run(message.title, size="Large", weight="Bolder", color=style.get(message.colour, "Attention")),
        run(message.text),
        *(run(f"{name}: {value}", isSubtle=True) for name, value in message.facts),
    ]
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
    return {"type": "message", "attachments": [{"contentType": _ADAPTIVE, "contentUrl": None, "content": card}]}


def ntfy(message: Message) -> object:
    """Plain text, louder by priority."""
    event = message.event
    loud = {Priority.LOW: 2, Priority.MEDIUM: 3, Priority.HIGH: 4, Priority.CRITICAL: 5}
    return {
        "topic": message.topic,
        "title": defused(message.title, 200),
        "message": defused(f"{message.text} ({message.site.name})"),
        "priority": loud[event.priority] if isinstance(event, AlarmEvent) and message.stands else 3,
        "tags": ["rotating_light" if message.stands else "white_check_mark" if isinstance(event, AlarmEvent) else "information_source"],
        "markdown": False,
    }


FORMATS: Final[dict[str, Callable[[Message], object]]] = {
    "hotzone": hotzone,
    "slack": slack,
    "teams": teams,
    "discord": discord,
    "mattermost": mattermost,
    "ntfy": ntfy,
}
ESCAPES: Final[dict[str, Callable[[str], str]]] = {
    "hotzone": clean,  # data: an id stays the id that the receiver knows, and whoever shows it escapes it
    "slack": for_slack,
    "teams": for_markdown,
    "discord": for_markdown,
    "mattermost": for_markdown,
    "ntfy": defused,
}
"""How a text of a template is made harmless for a service."""
