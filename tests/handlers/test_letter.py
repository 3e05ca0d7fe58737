"""What a person reads who was woken by a mail."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from hotzone.config.model import Priority
from hotzone.config.units import MINUTE, SECOND
from hotzone.handlers import Subscription
from hotzone.handlers.letter import LISTED, Around, letter
from hotzone.handlers.sample import sample
from hotzone.handlers.view import UnitView, View, ZoneView
from hotzone.pipeline import AlarmEvent, AlarmState, Event, NoteEvent, ZoneCondition
from hotzone.sensors.reading import Quality
from support.sites import site, unit, zone

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = int(datetime(2026, 11, 23, 2, 12, 7, tzinfo=UTC).timestamp()) * SECOND
"""12 minutes past three in Berlin."""
SITE = site(zone("A1"), units=[unit("crac-1", ["A1"])])
RAISED = AlarmEvent(
    at=NIGHT,
    type="alarm.raised",
    zone="A1",
    hall="h",
    alarm=f"A1:high@{NIGHT}",
    rule="high",
    priority=Priority.HIGH,
    state=AlarmState.UNACKNOWLEDGED,
    value=33.2,
    limit=32.0,
)
SEEN = structs.replace(RAISED, at=NIGHT + 2 * MINUTE, type="alarm.acknowledged", state=AlarmState.ACKNOWLEDGED, by="jane")
CLEARED = structs.replace(RAISED, at=NIGHT + 28 * MINUTE, type="alarm.cleared", state=AlarmState.NORMAL, value=30.8)
ZONE = ZoneView(
    value=33.44,
    condition=ZoneCondition.HOT,
    demand=100.0,
    inlets={Quality.GOOD: 11, Quality.UNCERTAIN: 0, Quality.BAD: 0, Quality.STALE: 1},
    age=3.0,
)


def mail(event: Event, *standing: AlarmEvent, view: View | None = None, minutes: int = 0) -> EmailMessage:
    now = datetime.fromtimestamp(NIGHT // SECOND + 60 * minutes + 1, UTC)
    around = Around(SITE, standing, view or View(), now, BERLIN)
    sender = Address("hotzone", "hz", "dc.example.org")
    return letter(event, around, sender=sender, recipients=(Address("", "ops", "example.org"),), tag="hotzone")


def subject(event: Event, minutes: int = 0) -> str:
    return str(mail(event, minutes=minutes)["Subject"])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (RAISED, "[hotzone] HIGH A1: high 33.2 °C (limit 32.0) since 03:12"),
        (SEEN, "[hotzone] ACKNOWLEDGED A1: high, by jane, since 03:12"),
        (CLEARED, "[hotzone] CLEARED A1: high 30.8 °C, 03:12 to 03:40"),
        (
            structs.replace(RAISED, rule="rise", value=0.333, limit=0.3, cause="4 of 12 inlets rise by 1 K/min or more"),
            "[hotzone] HIGH A1: rise, 4 of 12 inlets rise by 1 K/min or more, since 03:12",
        ),
        (
            structs.replace(RAISED, rule="data-lost", value=0.0, limit=None, cause="1 of 4 inlets is good"),
            "[hotzone] HIGH A1: data-lost, 1 of 4 inlets is good, since 03:12",
        ),
        (
            structs.replace(RAISED, zone=None, unit="crac-1", rule="unit-failed", value=12.0, limit=80.0),
            "[hotzone] HIGH crac-1: unit-failed 12.0 % (limit 80.0) since 03:12",
        ),
        (
            structs.replace(RAISED, zone=None, hall=None, rule="link-lost", value=None, limit=None),
            "[hotzone] HIGH test: link-lost since 03:12",
        ),
        (
            structs.replace(RAISED, type="alarm.latched", state=AlarmState.LATCHED_UNACKNOWLEDGED, at=RAISED.at + 28 * MINUTE, value=25.0),
            "[hotzone] LATCHED A1: high, 03:12 to 03:40, to be reset",
        ),
        (
            structs.replace(RAISED, type="alarm.repeated", at=RAISED.at + 28 * MINUTE),
            "[hotzone] HIGH A1: high 33.2 °C (limit 32.0) still, since 03:12",
        ),
        (sample(SITE, Subscription(events="zone.state"), NIGHT), "[hotzone] TEST A1: warm, was normal"),
    ],
)
def test_the_subject_says_how_bad_where_what_and_since_when(event: Event, expected: str) -> None:
    assert subject(event) == expected


def test_a_time_of_another_day_has_its_date() -> None:
    assert subject(RAISED, minutes=24 * 60).endswith("since 2026-11-23 03:12")


def test_a_clear_is_told_in_the_summer_time_that_was() -> None:
    before = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()) * SECOND
    event = structs.replace(CLEARED, at=before + 60 * MINUTE, alarm=f"A1:high@{before}")
    now = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
    around = Around(SITE, (), View(), now, BERLIN)
    message = letter(event, around, sender=Address("", "a", "b"), recipients=(), tag="hotzone")
    assert str(message["Subject"]).endswith("02:30 to 02:30")
    assert "60 min" not in message.get_content()
    assert "1 h 0 min" in message.get_content()


def test_the_body_says_it_all_on_one_screen() -> None:
    others = [structs.replace(RAISED, zone=f"B{n}", priority=Priority.LOW) for n in range(12)]
    text = mail(RAISED, *others, RAISED, view=View(zones={"A1": ZONE})).get_content().splitlines()
    assert text[:7] == [
        "A1: high 33.2 °C, limit 32.0 °C.",
        "High since 03:12:07.",
        "Nobody has acknowledged it.",
        "",
        "Now: hot, 33.4 °C, cooling demand 100 %, 11 of 12 inlets good.",
        "",
        "13 alarms stand:",
    ]
    assert text[7] == "- HIGH A1: high since 03:12", "the worst comes first"
    assert text[7 + LISTED : 9 + LISTED] == ["- and 3 more", ""]
    assert text[-5:] == ["site test", "hall h", "zone A1", "time 2026-11-23T03:12:07+01:00", f"event alarm.raised:A1:high@{NIGHT}"]


def test_the_end_says_how_long_it_was_and_whether_anybody_saw_it() -> None:
    text = mail(structs.replace(CLEARED, state=AlarmState.RETURNED)).get_content()
    assert "Over at 03:40:07, high since 03:12:07: 28 min." in text
    assert "Nobody has acknowledged it." in text
    assert "No alarm stands." in text
    assert "Nobody" not in mail(CLEARED).get_content()


def test_an_acknowledgement_names_who_and_whether_it_stands() -> None:
    assert "jane acknowledged it at 03:14:07. It stands, high since 03:12:07." in mail(SEEN).get_content()
    over = structs.replace(SEEN, state=AlarmState.NORMAL)
    assert "It was over before" in mail(over).get_content()


def test_an_alarm_that_comes_again_says_so() -> None:
    again = structs.replace(RAISED, at=NIGHT + 5 * MINUTE)
    assert "High, again since 03:17:07, first at 03:12:07." in mail(again).get_content()


def test_a_unit_is_shown_as_it_is_now() -> None:
    failed = structs.replace(RAISED, zone=None, unit="crac-1", rule="unit-failed", value=12.0, limit=80.0)
    view = View(units={"crac-1": UnitView(commanded=80.0, fan=11.8, supply=None, returned=None, condition="failed")})
    assert "Now: failed, fan 12 %, commanded 80 %." in mail(failed, view=view).get_content()


def test_the_mails_of_an_alarm_are_one_thread() -> None:
    raised, seen, cleared = mail(RAISED), mail(SEEN), mail(CLEARED)
    again = mail(structs.replace(RAISED, at=NIGHT + MINUTE))
    assert raised["In-Reply-To"] is None
    for answer in (seen, cleared, again):
        assert answer["In-Reply-To"] == answer["References"] == raised["Message-ID"]
    assert len({one["Message-ID"] for one in (raised, seen, cleared, again)}) == 4
    assert raised["Message-ID"].endswith("@dc.example.org>")


def test_the_same_event_is_the_same_mail_and_another_site_another() -> None:
    assert mail(RAISED)["Message-ID"] == mail(RAISED, SEEN, minutes=60)["Message-ID"]
    around = Around(structs.replace(SITE, name="other"), (), View(), datetime.now(UTC), BERLIN)
    other = letter(RAISED, around, sender=Address("", "hz", "dc.example.org"), recipients=(), tag="hotzone")
    assert other["Message-ID"] != mail(RAISED)["Message-ID"]


def test_it_says_when_it_was_written_and_that_no_person_did() -> None:
    message = mail(RAISED)
    assert message["Date"] == "Mon, 23 Nov 2026 03:12:08 +0100"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] == "high"
    assert mail(CLEARED)["Importance"] is None


def test_nothing_that_strangers_wrote_becomes_a_header_or_a_line() -> None:
    evil = "x\r\nBcc: all@example.org\r\n\r\n.\r\nQUIT\u2028\u202e\x1b[2J\0\ud800"
    note = NoteEvent(at=NIGHT, type="note", kind=evil, text=evil, happened_at=NIGHT, target=evil, cause=evil, zone=evil)
    alarm = structs.replace(RAISED, zone=evil, rule=evil, cause=evil, by=evil, type="alarm.acknowledged")
    for event in (note, alarm):
        message = mail(event, alarm)
        raw = message.as_bytes()
        assert b"\nBcc" not in raw.partition(b"\r\n\r\n")[0]
        assert not any(line.startswith(("Bcc", "QUIT", ".")) for line in message.get_content().splitlines())
        assert b"\0" not in raw
        assert raw.isascii()
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_a_subject_is_bounded() -> None:
    assert len(subject(structs.replace(RAISED, rule="r" * 5000))) == 160
