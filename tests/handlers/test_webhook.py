"""The webhook: its options, its deliveries through the host, its silence about secrets, and nowhere to go but where it may."""

import asyncio
import random
import socket
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import json
from standardwebhooks import Webhook as Verifier
from structlog.testing import capture_logs

from hotzone.config.model import Priority
from hotzone.config.problems import ConfigError
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, RetryAfter
from hotzone.handlers.contract import ALARMS
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.options import read_options
from hotzone.handlers.outbox import Outbox
from hotzone.handlers.webhook import Webhook
from hotzone.pipeline import AlarmEvent, AlarmState
from support.http_stub import HttpStub, cut, http_stub, silent, status
from support.outboxes import dead
from support.sites import site
from support.waiting import until

KEY = f"whsec_{b64encode(b'canary-4711-canary-4711-canary').decode()}"
LOCAL = {"allow_http": True, "allow_private": True}


def alarm(at: int = 1) -> AlarmEvent:
    return AlarmEvent(
        at=at, type="alarm.raised", zone="A1", alarm=f"A1:high@{at}", rule="high", priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED
    )


def options(**raw: object) -> Webhook.Options:
    return read_options(Webhook.Options, HandlerConfig(name="hook", use="webhook", options={"url": "https://example.org/x", **raw}))


def refused(**raw: object) -> str:
    with pytest.raises(ConfigError) as raised:
        options(**raw)
    return str(raised.value)


@asynccontextmanager
async def hosted(path: Path, **raw: object) -> AsyncIterator[HandlerHost]:
    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    config = HandlerConfig(name="hook", use="webhook", options=raw)
    one = Found(name="hook", origin="test", subscription=ALARMS, target=Webhook(read_options(Webhook.Options, config)), config=config)
    host = HandlerHost(site(), [one], path / "outbox.db", lambda *_: None, sleep=no_wait, rng=random.Random(1))
    host.start()
    try:
        yield host
    finally:
        await asyncio.to_thread(host.stop)


def send(host: HandlerHost, path: Path, *events: AlarmEvent) -> None:
    outbox = Outbox(path / "outbox.db", host.wanted)
    outbox.insert(events)
    outbox.close()
    host.told(events)


async def test_an_event_arrives_signed_under_its_own_id(tmp_path: Path) -> None:
    async with http_stub() as stub, hosted(tmp_path, url=f"{stub.url}/hook", secrets=[Secret(KEY)], **LOCAL) as host:
        send(host, tmp_path, alarm())
        await until(lambda: host.stats["hook"].delivered == 1)
    (asked,) = stub.asked
    assert asked.path == "/hook"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["webhook-id"] == alarm().id
    assert Verifier(KEY).verify(asked.body, asked.headers)["data"]["rule"] == "high"


async def test_a_receiver_that_comes_back_gets_everything_once_in_order_under_the_same_ids(tmp_path: Path) -> None:
    async with http_stub() as stub, hosted(tmp_path, url=stub.url, **LOCAL) as host:
        stub.answers = [status(503), cut, status(429, Retry_After="1"), *[status(502)] * 20]
        send(host, tmp_path, *(alarm(at) for at in range(1, 6)))
        await until(lambda: host.stats["hook"].delivered == 5)
    ids = [asked.headers["webhook-id"] for asked in stub.asked]
    assert ids == [alarm(1).id] * 24 + [alarm(at).id for at in range(2, 6)]
    assert host.stats["hook"].dead == 0


@pytest.mark.parametrize("code", [400, 401, 404, 302])
async def test_what_is_refused_is_a_dead_letter_at_once(code: int, tmp_path: Path) -> None:
    async with http_stub() as stub, hosted(tmp_path, url=stub.url, **LOCAL) as host:
        stub.answers = [status(code, b"no such hook")]
        send(host, tmp_path, alarm(1), alarm(2))
        await until(lambda: host.stats["hook"].delivered == 1)
        assert (host.stats["hook"].dead, host.stats["hook"].retried, len(stub.asked)) == (1, 0, 2)
    (letter,) = dead(Outbox(tmp_path / "outbox.db", {}))
    assert f"{code} no such hook" in letter.reason


async def test_one_that_is_gone_is_not_called_again(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with http_stub() as stub, hosted(tmp_path, url=stub.url, **LOCAL) as host:
            stub.answers = [status(410)]
            send(host, tmp_path, alarm(1), alarm(2), alarm(3))
            await until(lambda: host.stats["hook"].dead == 3)
            assert len(stub.asked) == 1
            assert host.stats["hook"].disabled == "410"
    assert [entry["log_level"] for entry in logs if entry["event"].startswith("a handler is not called any more")] == ["error"]


CANARY = "canary-0815"


@pytest.mark.parametrize("answer", [status(200), status(400, CANARY.encode()), status(503, f"x {CANARY} {KEY}".encode()), cut])
async def test_no_secret_shows_wherever_it_fails(answer: Callable[..., object], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with http_stub() as stub:
        raw = {"url": Secret(f"{stub.url}/{CANARY}"), "secrets": [Secret(KEY)], "headers": {"Authorization": Secret(CANARY)}, **LOCAL}
        with capture_logs() as logs:
            async with hosted(tmp_path, **raw) as host:
                stub.answers = [answer]
                send(host, tmp_path, alarm())
                await until(lambda: host.stats["hook"].delivered + host.stats["hook"].dead == 1, seconds=15.0)
        assert stub.asked[0].headers["authorization"] == CANARY
        assert stub.asked[0].path == f"/{CANARY}"
    kept = (tmp_path / "outbox.db").read_bytes()
    said = repr(logs) + repr(raw) + repr(options(**raw)) + "".join(capfd.readouterr())
    for secret in (CANARY, KEY, KEY.removeprefix("whsec_")):
        assert secret not in said
        assert secret.encode() not in kept


async def test_the_same_object_goes_on_where_its_loop_was_given_up() -> None:
    context = Context("hook", site(), {}, lambda *_: None)
    async with http_stub() as stub:
        hook = Webhook(options(url=stub.url, **LOCAL))
        threads = [threading.Thread(target=lambda: asyncio.run(hook.handle(alarm(), context))) for _ in range(2)]
        for thread in threads:
            thread.start()
            await asyncio.to_thread(thread.join)
        await hook.close()
    assert len(stub.asked) == 2


@pytest.mark.parametrize(
    ("name", "path", "key"),
    [("slack", "/", "blocks"), ("teams", "/", "attachments"), ("discord", "/", "embeds"), ("mattermost", "/", "text")],
)
async def test_it_speaks_to_chat_services(name: str, path: str, key: str) -> None:
    async with http_stub() as stub:
        hook = Webhook(options(url=stub.url + path, format=name, **LOCAL))
        await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
        await hook.close()
    assert key in json.decode(stub.asked[0].body)


@pytest.mark.parametrize(
    ("path", "asked"), [("/dc-alarms", "/"), ("/sub/dc-alarms/", "/sub"), ("/sub/dc-alarms?auth=QmFzaWM", "/sub?auth=QmFzaWM")]
)
async def test_ntfy_is_told_the_topic_in_the_body(path: str, asked: str) -> None:
    async with http_stub() as stub:
        hook = Webhook(options(url=stub.url + path, format="ntfy", **LOCAL))
        await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
        await hook.close()
    assert stub.asked[0].path == asked
    assert json.decode(stub.asked[0].body)["topic"] == "dc-alarms"


async def test_the_timeout_of_the_site_file_is_how_long_a_receiver_may_take() -> None:
    async with http_stub() as stub:
        stub.answers = [silent]
        hook = Webhook(options(url=stub.url, **LOCAL))
        with pytest.raises(RetryAfter, match="no answer in time"):
            async with asyncio.timeout(5.0):  # less than any post takes that does not know of it
                await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None, timeout_s=0.5))
        await hook.close()


async def test_a_template_takes_the_place_of_the_format_and_may_hold_secrets() -> None:
    template = {
        "routing_key": Secret(CANARY),
        "event_action": "$action",
        "dedup_key": "$alarm",
        "payload": {"class": "$type", "summary": "$title", "value": "$value"},
    }
    async with http_stub() as stub:
        hook = Webhook(options(url=stub.url, template=template, **LOCAL))
        await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
        await hook.close()
    assert json.decode(stub.asked[0].body) == {
        "routing_key": CANARY,
        "event_action": "trigger",
        "dedup_key": "A1:high@1",
        "payload": {"class": "alarm.raised", "summary": "A1: high raised (high)", "value": None},
    }


async def test_a_proxy_is_all_that_it_connects_to() -> None:
    async with http_stub() as proxy:
        hook = Webhook(options(url="http://oncall.example/hook", allow_http=True, proxy=proxy.url))
        await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
        await hook.close()
    assert [(asked.method, asked.path) for asked in proxy.asked] == [("POST", "http://oncall.example/hook")]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"url": "http://example.org/"}, "a url without TLS"),
        ({"url": "http://10.0.0.7/"}, "without TLS; the url of 10.0.0.7, which is not public"),
        ({"url": "https://127.0.0.1/"}, "127.0.0.1, which is not public"),
        ({"url": "https://127.1/"}, "an IPv4 address in an unusual notation"),
        ({"url": "https://localhost/"}, "localhost, which is not public"),
        ({"url": "https://169.254.169.254/", "allow_private": True}, "169.254.169.254, which is not public"),
        ({"url": "https://hooks.slack.com/services/T/B/canary-0815"}, "a URL of hooks.slack.com in the file"),
        ({"url": "https://x.webhook.office.com/canary-0815"}, "in the file"),
        ({"url": "https://me:canary-0815@example.org/"}, "a URL with credentials"),
        ({"url": Secret("canary-0815")}, "no URL"),
        ({"url": "https://ntfy.example/", "format": "ntfy"}, "an ntfy URL without a topic"),
        ({"proxy": "proxy:3128"}, "no URL"),
        ({"format": "slak"}, "nearest   slack"),
        ({"secrets": [Secret("canary-0815")]}, "a key of another form (not shown)"),
        ({"headers": {"Authorization": "canary-0815"}}, "the header Authorization in plain text"),
        ({"headers": {"X-A": Secret("canary-0815\r\nB: c")}}, "the header 'X-A'"),
        ({"headers": {"X A": "1"}}, "the header 'X A'"),
        ({"headers": {"Webhook-Id": "1"}}, "the header 'Webhook-Id'"),
        ({"template": {"a": ["$titel"]}}, "nearest   title"),
        ({"template": {"a": "5 $"}}, "a $ that begins no name"),
        ({"ulr": "x"}, "nearest   url"),
    ],
)
def test_what_the_site_file_gets_wrong_is_told_and_nothing_repeated(raw: dict[str, object], found: str) -> None:
    told = refused(**raw)
    assert found in told
    assert CANARY not in told


@pytest.mark.parametrize("host", ["3cx.example.org", "7abc.execute-api.eu-west-1.amazonaws.com", "1password.com"])
def test_a_name_may_begin_with_a_digit(host: str) -> None:
    assert options(url=f"https://{host}/hook").url == f"https://{host}/hook"


# Written so that one program or another takes it for our own machine; P is the canary's port.
CORPUS = [
    "http://127.0.0.1:P/",
    "http://127.1:P/",
    "http://127.0.1:P/",
    "http://2130706433:P/",
    "http://0x7f000001:P/",
    "http://0x7f.0.0.1:P/",
    "http://0x7f.1:P/",
    "http://017700000001:P/",
    "http://0177.0.0.1:P/",
    "http://0177.0.0.01:P/",
    "http://127.0.0.1.:P/",
    "http://127.000.000.001:P/",
    "http://0:P/",
    "http://0.0.0.0:P/",
    "http://127.255.255.254:P/",
    "http://127.0.0.2:P/",
    "http://localhost:P/",
    "http://LOCALHOST:P/",
    "http://localhost.:P/",
    "http://x.localhost:P/",
    "http://ip6-localhost:P/",
    "http://[::1]:P/",
    "http://[0:0:0:0:0:0:0:1]:P/",
    "http://[0000::0001]:P/",
    "http://[::]:P/",
    "http://[::ffff:127.0.0.1]:P/",
    "http://[::ffff:7f00:1]:P/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:P/",
    "http://[::127.0.0.1]:P/",
    "http://[::7f00:1]:P/",
    "http://[64:ff9b::127.0.0.1]:P/",
    "http://[64:ff9b::7f00:1]:P/",
    "http://[64:ff9b:1::7f00:1]:P/",
    "http://[2002:7f00:1::]:P/",
    "http://[fe80::1%25lo]:P/",
    "http://[::1%25lo]:P/",
    "http://[::1%lo]:P/",
    "http://[fd00::1]:P/",
    "http://user@127.0.0.1:P/",
    "http://user:pass@localhost:P/",
    "http://example.org@127.0.0.1:P/",
    "http://example.org:80@127.0.0.1:P/",
    "http://127.0.0.1:P@example.org/",
    "http://127.0.0.1:P#@example.org/",
    "http://127.0.0.1:P\\@example.org/",
    "http://example.org\\@127.0.0.1:P/",
    "http:\\\\127.0.0.1:P/",
    "http:/127.0.0.1:P/",
    "http:127.0.0.1:P/",
    "//127.0.0.1:P/",
    "127.0.0.1:P",
    "http://127.0.0.1:P:80/",
    "http://①②⑦.⓪.⓪.①:P/",
    "http://１２７.0.0.1:P/",
    "http://127。0。0。1:P/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:P/",
    "http://lo\xadcalhost:P/",
    "http://localhost\u200b:P/",
    "http://%31%32%37.0.0.1:P/",
    "http://%6c%6f%63%61%6c%68%6f%73%74:P/",
    "http://127.0.0.1%2f@example.org:P/",
    "http://127.0.0.1<CRLF>:P/",
    "http://example.org<CRLF>Host:127.0.0.1:P/",
    "http://127.0.0.1<TAB>:P/",
    "http://127.0.0.1\x00:P/",
    "<TAB>http://127.0.0.1:P/",
    "HTTP://127.0.0.1:P/",
    "hTTp://127.0.0.1:P/",
    "gopher://127.0.0.1:P/",
    "ftp://127.0.0.1:P/",
    "file:///etc/passwd",
    "unix:///run/x",
    "http+unix://x/",
    "ws://127.0.0.1:P/",
    "http://0x7f.0x0.0x0.0x1:P/",
    "http://0177.0x0.0.1:P/",
    "http://[::1]@127.0.0.1:P/",
    "http://[127.0.0.1]:P/",
    "http://loopback.example:P/",
    "http://mixed.example:P/",
    "http://mapped.example:P/",
    "http://metadata.example:P/",
]
URLS = [url.replace("<CRLF>", "\r\n").replace("<TAB>", "\t") for url in CORPUS]
NAMES = {
    "loopback.example": ["127.0.0.1"],
    "mixed.example": ["1.1.1.1", "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few names of strangers, as a resolver would have them."""
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: object, **more: object) -> list[object]:
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in NAMES[host]]
        return list(real(host, port, *rest, **more))

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


async def _try(url: str) -> str:
    """What became of it: refused by the options, or not posted."""
    try:
        hook = Webhook(options(url=url, allow_http=True))
    except ConfigError:
        return "refused"
    try:
        with pytest.raises(
            RetryAfter,
            match=r"no public address|refused|unreachable|no answer|Name or service|Temporary failure|No address",
        ):
            await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
    finally:
        await hook.close()
    return "not posted"


@pytest.mark.usefixtures("names")
async def test_no_url_gets_it_to_connect_to_our_own_machine() -> None:
    assert len(set(URLS)) >= 60
    seen: list[str] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(str(writer.get_extra_info("sockname")))
        writer.close()

    async with http_stub() as canary:
        six = await asyncio.start_server(connected, "::1", canary.port) if socket.has_ipv6 else None
        outcomes = [await _try(url.replace("P", str(canary.port))) for url in URLS]
        if six is not None:
            six.close()
        assert (canary.connections, seen) == (0, [])
        assert outcomes.count("not posted") >= len(NAMES), "some names get as far as their addresses"
        reached = await _reached(canary)
    assert reached, "the canary sings when it is allowed to be reached"


async def _reached(canary: HttpStub) -> bool:
    hook = Webhook(options(url=canary.url, **LOCAL))
    await hook.handle(alarm(), Context("hook", site(), {}, lambda *_: None))
    await hook.close()
    return canary.connections == 1
