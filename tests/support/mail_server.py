"""A real SMTP server for tests (aiosmtpd): TLS by a throw-away authority, logins, and refusals as a test wants them."""

import asyncio
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOGIN = ("hotzone", "correct horse")


class MailServer:
    """Listens on loopback while the block runs.

    `tls` is "starttls", "tls" or "none". `refusals` are answers by command or recipient: `{"DATA": "552 too large", "b@example.org": "550 nobody"}`;
    an answer that is a list gives one after the other, and then none. `hang` names the command that is never answered.
    """

    def __init__(self, folder: Path, *, tls: str = "starttls", name: str = "127.0.0.1", login: bool = False) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(self._context)
        self._tls = tls
        self._login = login
        self.refusals: dict[str, str | list[str]] = {}
        self.hang = ""
        self.envelopes: list[Envelope] = []
        self.log: list[str] = []
        """Commands in the order they came."""
        self.port = 0
        self._release = asyncio.Event()

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken."""
        return [cast("EmailMessage", message_from_bytes(envelope.content or b"", policy=default)) for envelope in self.envelopes]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol, "127.0.0.1", 0, ssl=self._context if self._tls == "tls" else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._release.set()
        self._server.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="test",
            tls_context=self._context if self._tls == "starttls" else None,
            require_starttls=self._tls == "starttls",
            auth_required=self._login,
            auth_require_tls=self._tls == "starttls",
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.log.append(f"AUTH {mechanism}")
        return AuthResult(success=(data.login.decode(), data.password.decode()) == LOGIN, handled=False)

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  as the library calls it
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", "250 OK")

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802  as the library calls it
        answer = await self._answer(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  as the library calls it
        answer = await self._answer("DATA", "250 taken")
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802  as the library calls it
        return await self._answer("QUIT", "221 bye")

    async def _answer(self, command: str, usual: str) -> str:
        self.log.append(command)
        if self.hang == command:
            await self._release.wait()
        refusal = self.refusals.get(command, usual)
        if isinstance(refusal, list):
            return refusal.pop(0) if refusal else usual
        return refusal
