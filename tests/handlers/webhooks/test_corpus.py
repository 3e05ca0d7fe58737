"""URLs that are made to lead where nobody may go, on their face or by what a name stands for: not one of them makes a connection."""

from asyncio.selector_events import BaseSelectorEventLoop
from collections import Counter

import pytest

from hotzone.config import ConfigError
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, RetryAfter, Subscription
from hotzone.handlers.options import read_options
from hotzone.handlers.sample import sample
from hotzone.handlers.webhook import Webhook
from hotzone.handlers.webhooks import Client
from support.http_stub import http_stub
from support.resolver import Says
from support.sites import site

HOSTS = (
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "0", "0.0.0.0", "0.1.2.3", "2130706433", "017700000001", "0x7f000001"),  # noqa: S104  nobody listens there
    *("0x7f.0.0.1", "0177.0.0.1", "127.0.0.0x1", "00127.0.0.1", "127.0.0.1.", "127.0.0.1%00", "127。0。0。1", "①②⑦.0.0.1", "１２７.0.0.1"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[2001::1]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00::1]", "[ff02::1]", "[fec0::1]", "[::ffff:169.254.169.254]"),
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.169.254", "169.254.170.2"),
    *("192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "ip6-localhost", "metadata", "metadata.google.internal", "internal.example"),
    *("127.0.0.1.nip.io", "127-0-0-1.sslip.io", "localtest.me", "xn--lcalhost-54a.example", "user@127.0.0.1", "example.org@127.0.0.1"),
    *("127.0.0.1\\@example.org", "127.0.0.1#@example.org", "example.org\r\nHost: 127.0.0.1", "example.org\t", " 127.0.0.1", "%31%32%37.0.0.1"),
)  # fmt: skip
STANDS_FOR = (
    ("127.0.0.1",),
    ("::1",),
    ("169.254.169.254",),
    ("::ffff:127.0.0.1",),
    ("64:ff9b::7f00:1",),
    ("1.1.1.1", "127.0.0.1"),
    ("10.0.0.1", "1.1.1.1"),
    ("fe80::1%lo",),
)
"""What a name may be said to stand for: ours, or ours among others."""


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_url_of_the_corpus_makes_a_connection(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[object] = []

    async def sock_connect(_loop: object, _sock: object, address: object) -> None:
        connections.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(BaseSelectorEventLoop, "sock_connect", sock_connect)
    context = Context("hook", site(), {}, lambda *_: None)
    event = sample(site(), Subscription(alarms=True), 1)
    outcomes: Counter[str] = Counter()
    async with http_stub() as canary:
        for host in HOSTS:
            config = HandlerConfig(name="hook", use="webhook", options={"url": f"{scheme}://{host}:{canary.port}/x", "allow_http": True})
            try:
                options = read_options(Webhook.Options, config)
            except ConfigError:
                outcomes["refused as it is read"] += 1
                continue
            for addresses in STANDS_FOR:
                hook = Webhook(options)
                hook._client = Client(resolver=lambda addresses=addresses: Says(addresses))
                with pytest.raises(RetryAfter, match="no public address"):
                    await hook.handle(event, context)
                await hook.close()
                outcomes["refused as it is connected to"] += 1
        assert connections == []
        hook = Webhook(options)  # where nothing is wrong a connection would be seen
        hook._client = Client(resolver=lambda: Says(["1.1.1.1"]))
        with pytest.raises(RetryAfter):
            await hook.handle(event, context)
        await hook.close()
    print(f"{len(HOSTS)} hosts by {scheme}: {dict(outcomes)}; {canary.connections} connections")
    assert len(HOSTS) >= 60
    assert set(outcomes) == {"refused as it is read", "refused as it is connected to"}
    assert (canary.connections, connections) == (0, [("1.1.1.1", canary.port)])
