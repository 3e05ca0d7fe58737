"""Events by e-mail, over SMTP with TLS."""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import asyncio
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Annotated, ClassVar, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

import aiosmtplib
from msgspec import Struct

from ..config.kinds import Integer, Text
from ..config.problems import Unfit, nearest, show
from ..config.redaction import redacted
from ..config.secrets import Secret
from ..pipeline import Event
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
_SHOWN: Final = 200
"""Characters of a server's words that go into a reason."""
_NAME: Final = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}$){_NAME}|[0-9A-Fa-f:.]{{2,45}}", re.ASCII)
_MAILBOX: Final = re.compile(r"(?:(?P<name>[^<>\"\\]{0,100}?)\s*<(?P<inner>[^<>]+)>|(?P<bare>[^<>]+))", re.ASCII)
_ADDRESS: Final = re.compile(rf"(?P<user>[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}})@(?P<domain>(?=.{{1,253}}$){_NAME})", re.ASCII)


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
    """One mail an event and recipient, a connection a mail; each recipient has a queue, so that who puts mails off keeps them from nobody else.

    What goes wrong with the server is not the event's fault, and it waits.
    """

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
        """Whom they go to, each by a queue of their own, `email/ADDRESS`."""
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
        self._login = _Login()
        self.receivers = {address: partial(self._tell, address) for address in self._recipients}

    async def _tell(self, recipient: str, event: Event, ctx: Context) -> None:
        """Raises GiveUp when the server does not want the mail, RetryAfter when it wants none now."""
        around = Around(ctx.site, ctx.standing(), ctx.view(), self._now(), self._zone)
        mail = letter(event, around, sender=self._sender, recipients=tuple(self._recipients.values()), tag=self._options.tag)
        await self._send(mail, recipient, ctx.timeout_s)

    async def _send(self, mail: EmailMessage, recipient: str, timeout_s: float) -> None:
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
                    with self._login.attempt():
                        await client.login(options.username, options.password.reveal())
                await client.sendmail(self._sender.addr_spec, [recipient], mail.as_bytes())
        except aiosmtplib.SMTPAuthenticationError as error:
            raise RetryAfter(f"{options.host} refuses our login: {_said(error)}", _LOCKED_S) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            (refused,) = error.recipients
            raise _verdict(refused.code)(f"{recipient}: {_said(refused)}") from None
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise _verdict(error.code)(f"{options.host}: {_said(error)}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise RetryAfter(f"{options.host}: {_said(error)}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise RetryAfter(f"{options.host}: {_reason(error)}") from None
        else:
            await _good_bye(client)
        finally:
            client.close()


class _Login:
    """Tried for one mail at a time until it works, and left alone for a while when it is refused: some servers lock accounts after a few attempts."""

    def __init__(self) -> None:
        self._works = False
        self._trying = Lock()
        self._locked_until = 0.0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around the login. Raises RetryAfter instead where it is not to be tried now."""
        if not (works := self._works) and not self._trying.acquire(blocking=False):
            raise RetryAfter("the login is tried for another mail first")
        try:
            if (left := self._locked_until - time.monotonic()) > 0.0:
                raise RetryAfter("our login was refused a while ago", left)
            yield
            self._works = True
        except aiosmtplib.SMTPAuthenticationError:
            self._works, self._locked_until = False, time.monotonic() + _LOCKED_S
            raise
        finally:
            if not works:
                self._trying.release()


def _verdict(code: int) -> type[GiveUp | RetryAfter]:
    return GiveUp if code >= 500 else RetryAfter


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


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {clean(redacted(error.message), _SHOWN)}"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return clean(redacted(str(error)), _SHOWN) or type(error).__name__
