"""Mails to a real SMTP server: TLS, logins, and refusals of every kind."""

import asyncio
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config.problems import ConfigError
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, GiveUp, RetryAfter, Subscription
from hotzone.handlers.discovery import bind, by_receiver
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.mail import Email
from hotzone.handlers.options import read_options
from hotzone.handlers.outbox import Outbox
from hotzone.handlers.sample import sample
from hotzone.pipeline import AlarmEvent
from support.mail_server import LOGIN, MailServer
from support.sites import site
from support.waiting import until


def alarm_at(at: int) -> AlarmEvent:
    event = sample(site(), Subscription(alarms=True), at)
    assert isinstance(event, AlarmEvent)
    return event


ALARM = alarm_at(1_700_000_000_000_000_000)
OVER = structs.replace(ALARM, at=ALARM.at + 1, type="alarm.cleared")
TWO = ["a@example.org", "b@example.org"]
NOW = datetime(2023, 11, 14, 22, 14, tzinfo=UTC)


def options(**raw: object) -> Email.Options:
    raw = {"host": "127.0.0.1", "sender": "hotzone <hz@example.org>", "recipients": TWO, **raw}
    return read_options(Email.Options, HandlerConfig(name="email", use="email", options=raw))


def email(server: MailServer, **raw: object) -> Email:
    return Email(options(port=server.port, ca_file=str(server.ca_file), **raw), now=lambda: NOW)


async def tell(sender: Email, event: AlarmEvent = ALARM, *, to: str = TWO[0], timeout_s: float = 10.0) -> None:
    await sender.receivers[to](event, Context("email", site(), {}, lambda *_: None, timeout_s=timeout_s))


async def test_a_mail_goes_to_each_recipient_in_a_conversation_of_its_own_over_tls(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        sender = email(server)
        for to in sender.receivers:
            await tell(sender, to=to)
        mail, other = server.mails
    assert [(envelope.mail_from, envelope.rcpt_tos) for envelope in server.envelopes] == [("hz@example.org", [one]) for one in TWO]
    assert mail["Message-ID"] == other["Message-ID"]
    assert (str(mail["From"]), str(mail["To"])) == ("hotzone <hz@example.org>", "a@example.org, b@example.org")
    assert mail["Subject"].startswith("[hotzone] TEST CRITICAL A1: sample 36.0 °C")
    assert server.log == ["MAIL", TWO[0], "DATA", "QUIT", "MAIL", TWO[1], "DATA", "QUIT"]


async def test_tls_from_the_beginning(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls="tls") as server:
        await tell(email(server, security="tls"))
        assert len(server.mails) == 1


async def test_without_tls_only_if_the_site_file_says_so(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls="none") as server:
        with pytest.raises(RetryAfter, match="STARTTLS"):
            await tell(email(server))
        assert server.log == []
        await tell(email(server, security="none"))
        assert len(server.mails) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        stranger = Email(options(port=server.port, username=LOGIN[0], password=Secret(LOGIN[1])))
        with pytest.raises(RetryAfter, match="certificate verify failed"):
            await tell(stranger)
        assert server.log == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_host_will_not_do(tmp_path: Path, security: str) -> None:
    async with MailServer(tmp_path, tls=security, name="other.example.org") as server:
        with pytest.raises(RetryAfter, match="certificate is not valid for"):
            await tell(email(server, security=security))
        assert server.log == []


async def test_it_logs_in(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        await tell(email(server, username=LOGIN[0], password=Secret(LOGIN[1])))
        assert server.log[0].startswith("AUTH")
        assert len(server.mails) == 1


async def test_a_login_that_is_refused_is_not_tried_again_soon_and_does_not_show(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        with pytest.raises(RetryAfter, match="refuses our login: 535") as error:
            await tell(email(server, username=LOGIN[0], password=Secret("battery staple")))
    assert error.value.seconds == 300.0
    assert "staple" not in repr(error.value)


@pytest.mark.parametrize(("answer", "raises"), [("550 5.1.1 no such user", GiveUp), ("452 4.2.2 mailbox full", RetryAfter)])
async def test_what_a_recipient_refuses_is_refused_by_nobody_else(answer: str, raises: type[Exception], tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.refusals = {"a@example.org": answer}
        sender = email(server)
        with pytest.raises(raises, match=f"a@example.org: {answer}"):
            await tell(sender, to="a@example.org")
        await tell(sender, to="b@example.org")
        assert [envelope.rcpt_tos for envelope in server.envelopes] == [["b@example.org"]]


async def test_who_puts_mails_off_gets_them_later_in_order_after_a_restart_too(tmp_path: Path) -> None:
    def host() -> HandlerHost:
        found = by_receiver([bind(HandlerConfig(name="email", use="email"), "here", email(server))])
        return HandlerHost(site(), found, tmp_path / "outbox.db", lambda *_: None, sleep=lambda _: asyncio.sleep(0.01))

    def got(recipient: str) -> list[str]:
        return [mail["Subject"] for mail, envelope in zip(server.mails, server.envelopes, strict=True) if envelope.rcpt_tos == [recipient]]

    async with MailServer(tmp_path) as server:
        server.refusals = {"b@example.org": "451 4.7.1 greylisted"}
        first = host()
        outbox = Outbox(tmp_path / "outbox.db", first.wanted)
        outbox.insert([ALARM, OVER])
        first.start()
        await until(lambda: len(got("a@example.org")) == 2 and first.stats["email/b@example.org"].retried > 2)
        await asyncio.to_thread(first.stop)
        assert got("b@example.org") == []
        server.refusals = {}
        second = host()
        second.start()
        await until(lambda: len(got("b@example.org")) == 2)
        await asyncio.to_thread(second.stop)
        outbox.close()
        assert got("b@example.org") == got("a@example.org")


async def test_a_login_that_is_refused_is_tried_once_whoever_is_to_be_told(tmp_path: Path) -> None:
    async with MailServer(tmp_path, login=True) as server:
        sender = email(server, username=LOGIN[0], password=Secret("battery staple"))
        outcomes = await asyncio.gather(*(tell(sender, to=to) for to in (*TWO, *TWO)), return_exceptions=True)
        assert [type(one) for one in outcomes] == [RetryAfter] * 4
        tried = [line for line in server.log if line.startswith("AUTH")]
        assert len(tried) == len(set(tried)), "each way of logging in once"
        with pytest.raises(RetryAfter, match="our login was refused a while ago") as error:
            await tell(sender)
        assert 0.0 < (error.value.seconds or 0.0) <= 300.0
        assert [line for line in server.log if line.startswith("AUTH")] == tried


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
            await tell(email(server))
        assert server.envelopes == []


@pytest.mark.parametrize("command", ["MAIL", "a@example.org", "DATA"])
async def test_a_server_that_falls_silent_is_left_before_the_call_would_be_abandoned(command: str, tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.hang = command
        began = time.monotonic()
        with pytest.raises(RetryAfter, match="no answer in time"):
            await tell(email(server), timeout_s=1.0)
        assert time.monotonic() - began < 1.0


async def test_a_mail_that_was_taken_is_taken_though_the_good_bye_is_not_answered(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        server.hang = "QUIT"
        began = time.monotonic()
        await tell(email(server), timeout_s=1.0)
        assert time.monotonic() - began < 1.0
        assert len(server.mails) == 1


async def test_a_host_that_accepts_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        for security in ("starttls", "tls", "none"):
            with pytest.raises(RetryAfter, match="no answer in time"):
                await tell(Email(options(port=port, security=security)), timeout_s=0.6)


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        sender = email(server)
    with pytest.raises(RetryAfter, match=r"127\.0\.0\.1: .*refused|Connect"):
        await tell(sender)


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
            await tell(Email(options(port=server.sockets[0].getsockname()[1], security="none")), timeout_s=2.0)


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
            await tell(sender, timeout_s=1.0)


async def test_mails_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        sender = email(server)
        await asyncio.gather(*(tell(sender, alarm_at(at * 10**9)) for at in range(5)))
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
            await tell(sender)
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
