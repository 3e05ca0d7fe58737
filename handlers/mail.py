"""Events by e-mail, over SMTP with TLS."""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

import aiosmtplib
import structlog
from msgspec import Struct

from ..config.kinds import Integer, Text
from ..config.problems import Unfit, nearest, show
from ..config.redaction import redacted
from ..config.secrets import Secret
from ..pipeline import Event
from .backlog import Backlog
from .contract import Context, GiveUp, RetryAfter, handler
from .letter import Around, letter
from .words import clean

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_LOCKED_S: Final = 300.0
"""Wall time to leave a server alone that refuses our login: some lock accounts after a few attempts."""
_MARGIN_S: Final = 0.5
"""Wall time that a call needs beside the conversation, so that this ends it and nobody else."""
_POLITE_S: Final = 0.3
"""Wall time for a good-bye after the mail was taken."""
_AGAIN_S: Final = 60.0
"""Wall time between attempts to reach those that put mails off."""
_SHOWN: Final = 200
"""Characters of a server's words that go into a reason."""
_NAME: Final = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}$){_NAME}|[0-9A-Fa-f:.]{{2,45}}", re.ASCII)
_MAILBOX: Final = re.compile(r"(?:(?P<name>[^<>\"\\]{0,100}?)\s*<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+))", re.ASCII)
_ADDRESS: Final = re.compile(rf"(?P<user>[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}})@(?P<domain>(?=.{{1,253}}$){_NAME})", re.ASCII)

_log = structlog.get_logger("hotzone.handlers.email")


class Mailbox:
    """An address, with a name or without: `ops@example.org`, `hotzone <hotzone@example.org>`."""

    label: ClassVar[str] = "address"

    def read(self, raw: object) -> str:
        """The text as it is, or `Unfit`."""
        if not isinstance(raw, str) or _mailbox(raw) is None:
            raise Unfit(show(raw), '"user@host" or "Name <user@host>", other letters in hosts as xn--')
        return raw


class HostName:
    """A host's name or address, without a port."""

    label: ClassVar[str] = "host"

    def read(self, raw: object) -> str:
        """The text as it is, or `Unfit`."""
        if not isinstance(raw, str) or not _HOST.fullmatch(raw):
            raise Unfit(show(raw), 'the name or address of a host, such as "mail.example.org"; the port is an option of its own')
        return raw


@handler(alarms=True)
class Email:
    """One mail an event, to all recipients; a connection a mail. What goes wrong with the server is not the event's fault, and it waits."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What the site file may say."""

        host: Annotated[str, HostName()]
        """The mail server."""
        port: Annotated[int, Integer(1, 65535)] | None = None
        """Its port; without it, 587 for `starttls`, 465 for `tls`, 25 for `none`."""
        security: Literal["starttls", "tls", "none"] = "starttls"
        """`starttls` begins in the clear and goes no further without TLS, `tls` begins with it. The server's certificate is verified."""
        ca_file: Path | None = None
        """Who may vouch for the server; without it, the system's list."""
        username: Annotated[str, Text()] | None = None
        """For servers that ask, together with `password`."""
        password: Secret | None = None
        """Never sent without TLS."""
        sender: Annotated[str, Mailbox()]
        """Whom the mails are from; undeliverable ones come back here."""
        recipients: tuple[Annotated[str, Mailbox()], ...]
        """Whom they go to."""
        tag: Annotated[str, Text(most=40)] = "hotzone"
        """What subjects begin with, in brackets."""
        time_zone: Annotated[str, Text()] | None = None
        """Of the readers, such as `Europe/Berlin`; without it, this machine's."""
        hello: Annotated[str, HostName()] | None = None
        """The name that we greet the server with; without it, this machine's."""

        def __post_init__(self) -> None:
            """Raises `Unfit` for what cannot work."""
            if not self.recipients:
                raise Unfit("recipients of nobody", 'at least one: ["ops@example.org"]')
            if (self.username is None) != (self.password is None):
                raise Unfit("a username without a password" if self.username else "a password without a username", "both or neither")
            if self.password is not None and self.security == "none":
                raise Unfit("a password without TLS", 'security = "starttls" or "tls"')
            if self.time_zone is not None and self.time_zone not in (known := available_timezones()):
                raise Unfit(
                    f"the time zone {show(self.time_zone)}",
                    'one of the tz database, such as "Europe/Berlin"',
                    nearest(self.time_zone, known),
                )
            try:
                ssl.create_default_context(cafile=self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise Unfit(f"the ca_file {str(self.ca_file)!r}: {error}", "a file of certificates, PEM") from None

    def __init__(self, options: Options, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._options = options
        self._sender = _known(options.sender)
        self._recipients = {box.addr_spec: box for box in map(_known, options.recipients)}
        self._tls = ssl.create_default_context(cafile=options.ca_file)
        self._zone = None if options.time_zone is None else ZoneInfo(options.time_zone)
        self._now = now
        self._backlog = Backlog(_lost)

    async def handle(self, event: Event, ctx: Context) -> None:
        """Send it to all. Those that put it off get it later, if only some do. Raises GiveUp, RetryAfter."""
        around = Around(ctx.site, ctx.name, ctx.standing(), ctx.view(), self._now(), self._zone)
        mail = letter(event, around, sender=self._sender, recipients=tuple(self._recipients.values()), tag=self._options.tag)
        behind = [one for one in self._recipients if one in self._backlog]  # in order: not before what they have yet to get
        to = [one for one in self._recipients if one not in behind]
        if not to:
            raise RetryAfter("everybody puts mails off")
        refused = await self._sent(mail, to, ctx.timeout_s)
        later = {one: why for one, (code, why) in refused.items() if code < 500}
        never = {one: why for one, (code, why) in refused.items() if code >= 500}
        if len(refused) == len(to):
            raise RetryAfter(_told(later | never)) if later or behind else GiveUp(_told(never))
        if never:
            ctx.log.error("a mail was refused for some", event_id=event.id, refused=_told(never))
        if later:
            ctx.log.warning("a mail was put off for some; it is sent to them again", event_id=event.id, refused=_told(later))
        for one in (*behind, *later):
            self._backlog.add(one, event.id, mail)

    async def run(self, ctx: Context) -> None:
        """Send what was put off, again and again."""

        async def send(mail: EmailMessage, to: str) -> tuple[int, str] | None:
            try:
                return (await self._sent(mail, [to], ctx.timeout_s)).get(to)
            except GiveUp as never:
                return 500, str(never)

        while True:
            await asyncio.sleep(_AGAIN_S)
            with suppress(RetryAfter):  # the server takes nothing now
                await self._backlog.send(send)

    async def close(self) -> None:
        """Say what some will not get."""
        self._backlog.close()

    async def _sent(self, mail: EmailMessage, to: Sequence[str], timeout_s: float) -> dict[str, tuple[int, str]]:
        """Send it; whom the server refused, and how. Raises GiveUp when it does not want the mail, RetryAfter when it wants none now."""
        options = self._options
        client = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port or _PORTS[options.security],
            use_tls=options.security == "tls",
            start_tls=options.security == "starttls",
            tls_context=None if options.security == "none" else self._tls,
            local_hostname=options.hello or _own_name(),
            timeout=timeout_s,
        )
        try:
            async with asyncio.timeout(max(timeout_s - _MARGIN_S, timeout_s / 2)):
                await client.connect()
                if options.username is not None and options.password is not None:
                    await client.login(options.username, options.password.reveal())
                refused = await _transaction(client, self._sender.addr_spec, to, mail.as_bytes())
        except aiosmtplib.SMTPAuthenticationError as error:
            raise RetryAfter(f"{options.host} refuses our login: {_said(error.code, error.message)}", _LOCKED_S) from None
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise (GiveUp if error.code >= 500 else RetryAfter)(f"{options.host}: {_said(error.code, error.message)}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise RetryAfter(f"{options.host}: {_said(error.code, error.message)}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise RetryAfter(f"{options.host}: {_reason(error)}") from None
        else:
            await _good_bye(client)
            return refused
        finally:
            client.close()


def _lost(recipient: str, event_id: str, why: str) -> None:
    _log.error("a mail was put off for so long that it is given up", recipient=recipient, event_id=event_id, why=why)


async def _transaction(client: aiosmtplib.SMTP, sender: str, to: Sequence[str], mail: bytes) -> dict[str, tuple[int, str]]:
    try:
        refused, _ = await client.sendmail(sender, to, mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return {one.recipient: (one.code, _said(one.code, one.message)) for one in error.recipients}
    return {one: (answer.code, _said(answer.code, answer.message)) for one, answer in refused.items()}


async def _good_bye(client: aiosmtplib.SMTP) -> None:
    """The mail is taken, whatever becomes of this."""
    try:
        async with asyncio.timeout(_POLITE_S):
            await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        pass


def _mailbox(text: str) -> Address | None:
    match = _MAILBOX.fullmatch(text) if text.isprintable() else None
    address = _ADDRESS.fullmatch(match["inner"] or match["bare"]) if match else None
    if match is None or address is None or ".." in address["user"] or address["user"][0] == "." or address["user"][-1] == ".":
        return None
    return Address(match["name"] or "", address["user"], address["domain"])


def _known(text: str) -> Address:
    found = _mailbox(text)
    assert found is not None, "the option has been checked"
    return found


def _own_name() -> str:
    name = socket.gethostname()
    return name if _HOST.fullmatch(name) else "localhost"


def _said(code: int, message: str) -> str:
    return f"{code} {clean(redacted(message), _SHOWN)}"


def _told(refused: dict[str, str]) -> str:
    return "; ".join(f"{one}: {why}" for one, why in refused.items())


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return clean(redacted(str(error)), _SHOWN) or type(error).__name__
