"""Mails to a real SMTP server: TLS, logins, and refusals of every kind."""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from hotzone.config.problems import ConfigError
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, GiveUp, RetryAfter, Subscription
from hotzone.handlers.mail import Email
from hotzone.handlers.options import read_options
from hotzone.handlers.sample import sample
from support.mail_server import LOGIN, MailServer
from support.sites import site
from support.waiting import until

ALARM = sample(site(), Subscription(alarms=True), 1_700_000_000_000_000_000)
OVER = structs.replace(ALARM, at=ALARM.at + 1, type="alarm.cleared")
TWO = ["a@example.org", "b@example.org"]
NOW = datetime(2023, 11, 14, 22, 14, tzinfo=UTC)


def options(**raw: object) -> Email.Options:
    raw = {"host": "127.0.0.1", "sender": "hotzone <hz@example.org>", "recipients": TWO, **raw}
    return read_options(Email.Options, HandlerConfig(name="email", use="email", options=raw))


def email(server: MailServer, **raw: object) -> Email:
    return Email(options(port=server.port, ca_file=str(server.ca_file), **raw), now=lambda: NOW)


def ctx(timeout_s: float = 10.0) -> Context:
    return Context("email", site(), {}, lambda *_: None, timeout_s=timeout_s)


async def test_a_mail_goes_to_all_recipients_in_one_conversation_over_tls(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        await email(server).handle(ALARM, ctx())
        (envelope,), (mail,) = server.envelopes, server.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hz@example.org", TWO)
    assert (str(mail["From"]), str(mail["To"])) == ("hotzone <hz@example.org>", "a@example.org, b@example.org")
    assert mail["Subject"].startswith("[hotzone] TEST CRITICAL A1: sample 36.0 °C")
    assert server.log == ["MAIL", *TWO, "DATA", "QUIT"]


async def test_tls_from_the_beginning(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls="tls") as server:
        await email(server, security="tls").handle(ALARM, ctx())
        assert len(server.mails) == 1


async def test_without_tls_only_if_the_site_file_says_so(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls="none") as server:
        with pytest.raises(RetryAfter, match="STARTTLS"):
            await email(server).handle(ALARM, ctx())
        assert server.log == []
        await email(server, security="none").handle(ALARM, ctx())
        assert len(server.mails) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        stranger = Email(options(port=server.port, username=LOGIN[0], password=Secret(LOGIN[1])))
        with pytest.raises(RetryAfter, match="certificate verify failed"):
            await stranger.handle(ALARM, ctx())
        assert server.log == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_host_will_not_do(tmp_path: Path, security: str) -> None:
    async with MailServer(tmp_path, tls=security, name="other.example.org") as server:
        with pytest.raises(RetryAfter, match="certificate is not valid for"):
            await email(server, security=security).handle(ALARM, ctx())
        assert server.log == []


async def test_it_logs_in(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        await email(server, username=LOGIN[0], password=Secret(LOGIN[1])).handle(ALARM, ctx())
        assert server.log[0].startswith("AUTH")
        assert len(server.mails) == 1


async def test_a_login_that_is_refused_is_not_tried_again_soon_and_does_not_show(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        with pytest.raises(RetryAfter, match="refuses our login: 535") as error:
            await email(server, username=LOGIN[0], password=Secret("battery staple")).handle(ALARM, ctx())
    assert error.value.seconds == 300.0
    assert "staple" not in repr(error.value)


async def test_who_is_refused_for_good_is_told_and_keeps_the_mail_from_nobody(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {"a@example.org": "550 5.1.1 no such user"}
        with capture_logs() as lines:
            await email(server).handle(ALARM, ctx())
        assert [envelope.rcpt_tos for envelope in server.envelopes] == [["b@example.org"]]
    assert [(line["log_level"], line["refused"]) for line in lines] == [("error", "a@example.org: 550 5.1.1 no such user")]


async def test_who_is_refused_for_now_gets_the_mails_later_in_order_and_keeps_them_from_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotzone.handlers.mail._AGAIN_S", 0.01)
    async with MailServer(tmp_path) as server:
        server.refusals = {"b@example.org": ["451 4.7.1 greylisted", "452 4.2.2 mailbox full"]}
        sender = email(server)
        with capture_logs() as lines:
            await sender.handle(ALARM, ctx())
        assert [(line["log_level"], line["refused"]) for line in lines] == [("warning", "b@example.org: 451 4.7.1 greylisted")]
        await sender.handle(OVER, ctx())
        assert [envelope.rcpt_tos for envelope in server.envelopes] == [["a@example.org"], ["a@example.org"]]
        again = asyncio.create_task(sender.run(ctx()))
        await until(lambda: "b@example.org" not in sender._backlog)
        again.cancel()
        assert [envelope.rcpt_tos for envelope in server.envelopes[2:]] == [["b@example.org"], ["b@example.org"]]
        ids = [mail["Message-ID"] for mail in server.mails]
        assert ids[2:] == ids[:2]
        assert len(set(ids)) == 2
        await sender.handle(ALARM, ctx())
        assert server.envelopes[-1].rcpt_tos == TWO


async def test_a_mail_that_everybody_puts_off_keeps_its_place(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {one: ["451 4.7.1 greylisted"] for one in TWO}
        sender = email(server)
        with pytest.raises(RetryAfter, match=re.escape("a@example.org: 451 4.7.1 greylisted; b@example.org: 451 4.7.1 greylisted")):
            await sender.handle(ALARM, ctx())
        await sender.handle(ALARM, ctx())
        assert [envelope.rcpt_tos for envelope in server.envelopes] == [TWO]


async def test_a_mail_keeps_its_place_when_the_rest_put_it_off_and_the_others_are_behind(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {"a@example.org": ["450 later"]}
        sender = email(server)
        await sender.handle(ALARM, ctx())
        server.refusals = {"b@example.org": ["550 no", "451 later"]}
        for why in ("b@example.org: 550 no", "b@example.org: 451 later"):
            with pytest.raises(RetryAfter, match=re.escape(why)):
                await sender.handle(OVER, ctx())
        assert [envelope.rcpt_tos for envelope in server.envelopes] == [["b@example.org"]]


async def test_who_has_not_got_a_mail_when_hotzone_stops_is_told(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {"b@example.org": "452 4.2.2 mailbox full"}
        sender = email(server)
        await sender.handle(ALARM, ctx())
        with capture_logs() as lines:
            await sender.close()
    assert [(line["log_level"], line["recipient"], line["event_id"]) for line in lines] == [("error", "b@example.org", ALARM.id)]


async def test_a_mail_that_everybody_refuses_for_good_is_given_up(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = dict.fromkeys(TWO, "550 no")
        with pytest.raises(GiveUp, match=re.escape("a@example.org: 550 no; b@example.org: 550 no")):
            await email(server).handle(ALARM, ctx())


async def test_a_mail_is_given_up_when_the_last_who_was_put_off_refuses_it_too(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {"a@example.org": "550 no", "b@example.org": ["450 later", "550 no"]}
        sender = email(server)
        with pytest.raises(RetryAfter):
            await sender.handle(ALARM, ctx())
        with pytest.raises(GiveUp):
            await sender.handle(ALARM, ctx())
        assert server.envelopes == []


@pytest.mark.parametrize(
    ("command", "answer", "raises"),
    [
        ("MAIL", "550 5.7.1 not you", GiveUp),
        ("MAIL", "452 4.3.1 disk full", RetryAfter),
        ("DATA", "554 5.6.0 spam", GiveUp),
        ("DATA", "451 4.3.0 try again", RetryAfter),
        ("DATA", "421 4.3.2 shutting down", RetryAfter),
    ],
)
async def test_five_hundreds_are_for_good_and_four_hundreds_for_now(
    command: str, answer: str, raises: type[Exception], tmp_path: Path
) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {command: answer}
        with pytest.raises(raises, match=f"127.0.0.1: {answer}"):
            await email(server).handle(ALARM, ctx())
        assert server.envelopes == []


@pytest.mark.parametrize("command", ["MAIL", "a@example.org", "DATA"])
async def test_a_server_that_falls_silent_is_left_before_the_call_would_be_abandoned(command: str, tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.hang = command
        began = time.monotonic()
        with pytest.raises(RetryAfter, match="no answer in time"):
            await email(server).handle(ALARM, ctx(1.0))
        assert time.monotonic() - began < 1.0


async def test_a_mail_that_was_taken_is_taken_though_the_good_bye_is_not_answered(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.hang = "QUIT"
        began = time.monotonic()
        await email(server).handle(ALARM, ctx(1.0))
        assert time.monotonic() - began < 1.0
        assert len(server.mails) == 1


async def test_a_host_that_accepts_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        for security in ("starttls", "tls", "none"):
            with pytest.raises(RetryAfter, match="no answer in time"):
                await Email(options(port=port, security=security)).handle(ALARM, ctx(0.6))


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        sender = email(server)
    with pytest.raises(RetryAfter, match=r"127\.0\.0\.1: .*refused|Connect"):
        await sender.handle(ALARM, ctx())


@pytest.mark.parametrize(
    "greeting", [b"554 no service for you\r\n", b"421 too busy\r\n", b"\xff\x00nonsense\r\n", b"220 x\r\n" + b"y" * 100_000]
)
async def test_odd_greetings_put_the_event_off(greeting: bytes) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        with pytest.raises(RetryAfter):
            await Email(options(port=server.sockets[0].getsockname()[1], security="none")).handle(ALARM, ctx(2.0))


async def test_what_is_injected_before_tls_is_not_believed() -> None:
    async def inject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n250-x\r\n250 AUTH PLAIN\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(inject, "127.0.0.1", 0)
    async with server:
        sender = Email(options(port=server.sockets[0].getsockname()[1], username="u", password=Secret("p")))
        with pytest.raises(RetryAfter):
            await sender.handle(ALARM, ctx(1.0))


async def test_mails_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        sender = email(server)
        await asyncio.gather(*(sender.handle(sample(site(), Subscription(alarms=True), at * 10**9), ctx()) for at in range(5)))
        assert len({mail["Message-ID"] for mail in server.mails}) == 5


async def test_it_greets_with_the_name_of_the_site_file() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        heard.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        sender = Email(options(port=server.sockets[0].getsockname()[1], security="none", hello="dc.example.org"))
        with pytest.raises(RetryAfter):
            await sender.handle(ALARM, ctx())
    assert heard == [b"EHLO dc.example.org\r\n"]


Wrong = Callable[..., str]


@pytest.fixture
def wrong() -> Wrong:
    def told(**raw: object) -> str:
        with pytest.raises(ConfigError) as error:
            options(**raw)
        return str(error.value)

    return told


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"recipients": []}, "recipients of nobody"),
        ({"recipients": ["ops"]}, 'recipients.0\n    found     "ops"'),
        ({"recipients": ["a@b\r\nBcc: c@d"]}, "recipients.0"),
        ({"sender": "x <a@b>\nX: y"}, "sender"),
        ({"sender": "a b@c"}, "sender"),
        ({"sender": ".a@c"}, "sender"),
        ({"host": "mail.example.org:25"}, "the port is an option of its own"),
        ({"port": 0}, "1 to 65535"),
        ({"username": "x"}, "a username without a password"),
        ({"password": Secret("x")}, "a password without a username"),
        ({"username": "x", "password": Secret("x"), "security": "none"}, "a password without TLS"),
        ({"password": "plain"}, "something else (not shown)"),
        ({"security": "ssl"}, 'expected  "starttls", "tls" or "none"'),
        ({"time_zone": "Europe/Berln"}, "nearest   Europe/Berlin"),
        ({"time_zone": "../etc/passwd"}, "the time zone"),
        ({"ca_file": "/none.pem"}, "the ca_file"),
        ({"to": ["a@b"]}, "to\n    found     an unknown key"),
        ({"tag": "a\nb"}, "tag"),
    ],
)
def test_what_cannot_work_is_told_when_the_site_file_is_checked(raw: dict[str, object], told: str, wrong: Wrong) -> None:
    assert told in wrong(**raw)


@pytest.mark.parametrize("text", ["ops@example.org", "Night shift <ops+dc@example.org>", "root@localhost", "o'hara@xn--bcher-kva.example"])
def test_addresses_that_there_are(text: str) -> None:
    assert options(recipients=[text]).recipients == (text,)
