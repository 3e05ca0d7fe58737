"""The words of chat services: complete, and harmless whatever a topic or payload put into them."""

import re
from collections.abc import Iterator

import pytest
from msgspec import json, structs

from hotzone.config.model import Priority
from hotzone.config.units import SECOND
from hotzone.handlers import Subscription
from hotzone.handlers.sample import sample
from hotzone.handlers.webhooks import FORMATS, Message, Template
from hotzone.handlers.webhooks.formats import ESCAPES
from hotzone.handlers.webhooks.text import defused, for_markdown, for_slack
from hotzone.handlers.words import clean
from hotzone.pipeline import AlarmEvent, AlarmState, NoteEvent
from support.sites import EPOCH, site

HOSTILE = [
    "@everyone look",
    "@here",
    "<!everyone>",
    "<!channel|x>",
    "<@U012AB3CD>",
    "<@&123>",
    "<http://evil.example|our portal>",
    "[our portal](http://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example/",
    "www.evil.example",
    "evil.example/login",
    "`code` **bold** ~~gone~~ ||spoiler||",
    "\n# heading\n- list\n> quote",
    '", "text": "@everyone", "x": "',
    "{0} {event} %s %(x)s ${title} $title {{x}} {{constructor}}",
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m\x00",
    "<script>alert(1)</script>",
    "&lt;!everyone&gt;",
]
CHAT = [name for name in FORMATS if name != "hotzone"]


def alarm(cause: str = "33 °C", **changes: object) -> AlarmEvent:
    event = AlarmEvent(
        at=EPOCH + 60 * SECOND,
        type="alarm.raised",
        zone="A1",
        hall="h",
        alarm=f"A1:high@{EPOCH}",
        rule="high",
        priority=Priority.CRITICAL,
        state=AlarmState.UNACKNOWLEDGED,
        value=33.125,
        limit=32.0,
        cause=cause,
    )
    return structs.replace(event, **changes)


def texts(node: object) -> Iterator[str]:
    match node:
        case dict():
            for inner in node.values():
                yield from texts(inner)
        case list():
            for inner in node:
                yield from texts(inner)
        case str():
            yield node


@pytest.mark.parametrize("name", CHAT)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_strangers_wrote_mentions_nobody_and_links_nowhere(name: str, hostile: str) -> None:
    note = NoteEvent(at=EPOCH, type="note", kind=hostile, text=hostile, happened_at=EPOCH, target=hostile, cause=hostile)
    for event in (alarm(hostile, rule=hostile, by=hostile), note):
        body = FORMATS[name](Message(event, site(), "topic"))
        for text in texts(json.decode(json.encode(body))):
            if text.startswith(("http://adaptivecards.io/", "application/")):
                continue
            assert not re.search(r"@\S(?<!@\u200b)|://|\w\.[a-z]{2}", text), text
            assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text), text
            if name == "slack":
                assert "<" not in text
                assert ">" not in text
            if name in {"discord", "mattermost"} and hostile[:6] in text:
                assert not re.search(r"(?<!\\)[`\[\]<>|~]", text), text


def test_nobody_is_mentioned_on_discord_even_if_a_text_could() -> None:
    body = FORMATS["discord"](Message(alarm(), site()))
    assert body["allowed_mentions"] == {"parse": []}


def test_the_event_itself_is_data_and_stays_as_it_is() -> None:
    body = FORMATS["hotzone"](Message(alarm(HOSTILE[0]), site()))
    assert json.decode(json.encode(body)) == {
        "type": "alarm.raised",
        "timestamp": "2023-11-14T22:14:20Z",
        "data": {
            "alarm": f"A1:high@{EPOCH}",
            "at": EPOCH + 60 * SECOND,
            "cause": "@everyone look",
            "hall": "h",
            "id": f"alarm.raised:A1:high@{EPOCH + 60 * SECOND}",
            "limit": 32.0,
            "priority": "critical",
            "rule": "high",
            "site": "test",
            "state": "unacknowledged",
            "summary": "33.12 °C, limit 32 °C; @everyone look",
            "title": "A1: high raised (critical)",
            "value": 33.125,
            "zone": "A1",
        },
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["alarm.raised", "alarm.cleared", "zone.state", "sensor.quality", "cooling.unit", "run.started", "note"])
def test_every_kind_of_event_can_be_told(name: str, kind: str) -> None:
    event = sample(site(), Subscription(events=kind), EPOCH)
    assert event.type == kind
    said = " ".join(texts(json.decode(json.encode(FORMATS[name](Message(event, site(), "topic"))))))
    assert "test" in said or "A1" in said


def test_how_bad_it_is_shows() -> None:
    loud, over = Message(alarm(), site(), "dc"), Message(alarm(type="alarm.cleared", state=AlarmState.RETURNED), site(), "dc")
    assert (FORMATS["ntfy"](loud)["priority"], FORMATS["ntfy"](over)["priority"]) == (5, 3)
    assert FORMATS["ntfy"](loud)["topic"] == "dc"
    assert loud.colour != over.colour


def test_every_format_has_its_escape() -> None:
    assert set(ESCAPES) == set(FORMATS)


@pytest.mark.parametrize(
    ("function", "text", "shown"),
    [
        (clean, "a\r\nb\tc\x00", "a  b c "),
        (clean, "x" * 600, "x" * 499 + "…"),
        (defused, "a@b https://x", "a@\u200bb https:\u200b//x"),
        (defused, "36.5 °C at A1. Then", "36.5 °C at A1. Then"),
        (for_slack, "<a & b>", "&lt;a &amp; b&gt;"),
        (for_markdown, "a_b*c [x](y)", "a\\_b\\*c \\[x\\]\\(y\\)"),
    ],
)
def test_texts_are_made_harmless_and_stay_legible(function: object, text: str, shown: str) -> None:
    assert function(text) == shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_template_takes_values_as_values(hostile: str) -> None:
    template = Template(
        {"text": "$zone: $cause!", "cause": "$cause", "deep": [{"n": "$value", "on": "$standing", "by": "$by", "cost": "$$5"}]}
    )
    event = alarm(hostile)
    body = json.decode(json.encode(template.filled(Message(event, site()), str)))
    assert body == {"text": f"A1: {hostile}!", "cause": hostile, "deep": [{"n": 33.125, "on": True, "by": None, "cost": "$5"}]}


def test_a_template_knows_what_paging_services_ask_for() -> None:
    template = Template({"event_action": "$action", "dedup_key": "$alarm", "payload": {"severity": "$severity", "timestamp": "$at"}})
    for kind, action in (
        ("alarm.raised", "trigger"),
        ("alarm.acknowledged", "acknowledge"),
        ("alarm.cleared", "resolve"),
        ("alarm.shelved", "resolve"),
    ):
        assert template.filled(Message(alarm(type=kind), site()), str) == {
            "event_action": action,
            "dedup_key": f"A1:high@{EPOCH}",
            "payload": {"severity": "critical", "timestamp": "2023-11-14T22:14:20Z"},
        }
