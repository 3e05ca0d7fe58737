"""Events to a URL: signed by Standard Webhooks, or in the words of a chat service, or as the site file's own template says."""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import time
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import unquote

from msgspec import Struct, json

from ..config.problems import Unfit
from ..config.secret_source import EXPECTED as SECRET_EXPECTED
from ..config.secrets import Secret
from ..pipeline import Event
from .contract import Context, handler
from .webhooks import FORMATS, Client, Message, Signer, Template, Url, judged
from .webhooks.address import is_allowed, parse
from .webhooks.client import SHARE
from .webhooks.formats import ESCAPES

_TOKENS: Final = ("hooks.slack.com", "discord.com", "discordapp.com", ".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Services whose URLs are themselves a secret."""
_OURS: Final = frozenset(
    {"content-type", "content-length", "host", "transfer-encoding", "webhook-id", "webhook-timestamp", "webhook-signature"}
)
_SECRET: Final = frozenset({"authorization", "proxy-authorization", "cookie"})


@handler(alarms=True)
class Webhook:
    """Posts each event once per attempt, under the event's id. What an answer means is in `webhooks.judged`."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What the site file may say."""

        url: Annotated[str, Url()] | Secret
        """Where to post. A secret where the URL holds a token, as those of Slack, Discord and Teams do."""
        format: Literal["hotzone", "slack", "teams", "discord", "mattermost", "ntfy"] = "hotzone"
        """Whose words to use. `hotzone` is the event as JSON."""
        template: dict[str, object] = {}
        """A body of your own in place of the format's; texts in it may name `$title`, `$zone` and so on."""
        secrets: tuple[Secret, ...] = ()
        """Keys to sign with, `whsec_...`; the receiver accepts any of them, so add the new one before you take the old one away."""
        headers: dict[str, str | Secret] = {}
        """Further headers, such as `Authorization`."""
        ca_file: Path | None = None
        """Who may vouch for the receiver; without it, the system's list."""
        proxy: Annotated[str, Url()] | Secret | None = None
        """An HTTP proxy to go through, `http://proxy:3128`. It finds the receiver's address then, so `allow_private` cannot be held to."""
        allow_http: bool = False
        """Whether to post without TLS."""
        allow_private: bool = False
        """Whether the receiver may be on our own machine or network."""

        def __post_init__(self) -> None:
            """Raises `Unfit` for what cannot work."""
            url = parse(_plain(self.url))
            host = url.raw_host or ""
            wrong: dict[str, str] = {}
            if url.scheme == "http" and not self.allow_http:
                wrong["a url without TLS"] = "https, or allow_http = true"
            if (_is_address(host) and not is_allowed(host, internal=self.allow_private)) or (_is_local(host) and not self.allow_private):
                wrong[f"the url of {host}, which is not public"] = "a public host, or allow_private = true"
            if wrong:
                raise Unfit("; ".join(wrong), "; ".join(wrong.values()))
            if isinstance(self.url, str) and any(host == name or (name[0] == "." and host.endswith(name)) for name in _TOKENS):
                raise Unfit(f"a URL of {host} in the file", 'a secret, url = { env = "NAME" } or { file = "path" }: it holds a token')
            if self.format == "ntfy" and not url.path.strip("/"):
                raise Unfit("an ntfy URL without a topic", "https://host/topic")
            for name, value in self.headers.items():
                if isinstance(value, str) and name.lower() in _SECRET:
                    raise Unfit(f"the header {name} in plain text (not shown)", SECRET_EXPECTED)
                text = _plain(value)
                if name.lower() in _OURS or not name.replace("-", "").isalnum() or not name.isascii() or not text.isprintable():
                    raise Unfit(f"the header {name[:40]!r}", "a header of letters and -, of one line, that we do not set ourselves")
            if self.proxy is not None:
                parse(_plain(self.proxy))
            Signer(self.secrets)
            Template(self.template)

    def __init__(self, options: Options) -> None:
        self._format = FORMATS[options.format]
        self._escape = ESCAPES[options.format]
        self._template = Template(options.template) if options.template else None
        self._signer = Signer(options.secrets)
        self._headers = {name: _plain(value) for name, value in options.headers.items()}
        self._url = parse(_plain(options.url))
        self._topic = ""
        if options.format == "ntfy":
            folders, _, topic = self._url.raw_path.rstrip("/").rpartition("/")
            self._topic = unquote(topic)
            self._url = self._url.with_path(folders or "/", encoded=True, keep_query=True)
        self._secret = [one.reveal() for one in (options.url, *options.headers.values(), *options.secrets) if isinstance(one, Secret)]
        proxy = None if options.proxy is None else parse(_plain(options.proxy))
        self._client = Client(internal=options.allow_private, ca_file=options.ca_file, proxy=proxy)

    async def handle(self, event: Event, ctx: Context) -> None:
        """Post it. Raises GiveUp, RetryAfter, Disable."""
        message = Message(event, ctx.site, self._topic)
        content = self._format(message) if self._template is None else self._template.filled(message, self._escape)
        body = json.encode(content)
        signed = self._signer.headers(event.id, int(time.time()), body)
        headers = {"Content-Type": "application/json", **self._headers, **signed}
        answer = await self._client.post(self._url, body, headers, within_s=ctx.timeout_s * SHARE)
        judged(answer._replace(text=self._hidden(answer.text)))

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    def _hidden(self, text: str) -> str:
        """What a receiver says, without what it must not repeat."""
        for secret in self._secret:
            text = text.replace(secret, "***")
        return text


def _plain(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _is_address(host: str) -> bool:
    """Whether it is one, in any of the forms that a resolver takes, such as `127.1` and `0x7f.1`: the last label of a name begins with a letter."""
    return ":" in host or host.rstrip(".").rpartition(".")[2][:1].isdigit()


def _is_local(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")
