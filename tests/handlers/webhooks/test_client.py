"""The client: bounded in time and in what it reads, and never anywhere but where it was sent."""

import asyncio
import time
from contextlib import suppress
from email.utils import formatdate

import pytest
from yarl import URL

from hotzone.config import redaction
from hotzone.config.service import HandlerConfig
from hotzone.config.units import SECOND
from hotzone.handlers import Disable, GiveUp, RetryAfter
from hotzone.handlers.webhooks import Answer, Client, judged
from hotzone.handlers.webhooks.client import CONNECT_S, LARGEST_ANSWER, SHARE
from support.http_stub import Answering, cut, drip, flood, http_stub, silent, status
from support.resolver import Says


async def post(client: Client, url: str, within_s: float = 5.0) -> Answer:
    try:
        return await client.post(URL(url), b"{}", {}, within_s=within_s)
    finally:
        await client.close()


async def test_it_posts_what_it_was_given() -> None:
    async with http_stub() as stub:
        client = Client(internal=True)
        stub.answers = [status(202, b"thanks\r\na lot", Retry_After="7")]
        answer = await client.post(URL(stub.url + "/hook?x=1"), b"[1]", {"X-One": "1"}, within_s=5.0)
        await client.close()
    assert answer == Answer(202, 7.0, "thanks  a lot")
    (asked,) = stub.asked
    assert (asked.method, asked.path, asked.body, asked.headers["x-one"]) == ("POST", "/hook?x=1", b"[1]", "1")
    assert asked.headers["user-agent"].startswith("hotzone/")


@pytest.mark.parametrize("where", ["elsewhere", "itself"])
async def test_a_redirect_is_not_followed(where: str) -> None:
    async with http_stub() as stub, http_stub() as canary:
        stub.answers = [status(307, Location=f"{(canary if where == 'elsewhere' else stub).url}/")]
        answer = await post(Client(internal=True), stub.url)
    assert answer.status == 307
    assert (len(stub.asked), canary.connections) == (1, 0)


@pytest.mark.parametrize(
    "answer", [silent, cut, drip(500), flood(500), drip(200), flood(200)], ids=["silent", "cut", "drip", "flood", "d200", "f200"]
)
async def test_whatever_the_other_side_does_it_ends_in_time_and_with_little_memory(answer: Answering) -> None:
    async with http_stub() as stub:
        stub.answers = [answer]
        began = time.monotonic()
        told: Answer | None = None
        with suppress(RetryAfter):
            told = await post(Client(internal=True), stub.url, 0.5)
        assert time.monotonic() - began < 2.0
    assert len(stub.asked) == 1
    if answer in {silent, cut}:
        assert told is None
    else:
        assert told is not None
        assert told.status in {200, 500}
        assert len(told.text) <= 200


async def test_a_secret_that_is_repeated_where_the_answer_is_cut_does_not_show_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", ["s3cret-token-of-32-characters-xx"])
    async with http_stub() as stub:
        stub.answers = [status(403, b"x" * 190 + b"s3cret-token-of-32-characters-xx, no!")]
        answer = await post(Client(internal=True), stub.url)
    assert answer.text == "x" * 190 + "***, no!"


async def test_a_secret_longer_than_what_is_kept_of_an_answer_does_not_show_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "eyJ" + "x" * 2000
    monkeypatch.setattr(redaction, "_known", [secret])
    async with http_stub() as stub:
        stub.answers = [status(401, f"bad token: {secret}".encode())]
        answer = await post(Client(internal=True), stub.url)
    assert answer.text == "bad token: ***"


def test_the_limits_are_those_promised() -> None:
    assert CONNECT_S == 3.0
    assert HandlerConfig(name="hook", use="webhook").timeout / SECOND * SHARE <= 10.0
    assert LARGEST_ANSWER == 65_536


async def test_nobody_there_is_for_later() -> None:
    async with http_stub() as stub:
        url = stub.url
    with pytest.raises(RetryAfter, match=r"^127.0.0.1:\d+: Connection refused$"):
        await post(Client(internal=True), url)


async def test_a_name_with_one_bad_address_among_good_ones_is_bad() -> None:
    async with http_stub() as stub:
        client = Client(allowed=lambda address: address == "127.0.0.2", resolver=lambda: Says(["127.0.0.2", "127.0.0.1"]))
        with pytest.raises(RetryAfter, match=r"127\.0\.0\.1 is no public address"):
            await post(client, f"http://name.example:{stub.port}/")
    assert stub.connections == 0


async def test_a_resolver_that_changes_its_mind_is_asked_once_and_what_was_checked_is_connected_to() -> None:
    resolver = Says(["127.0.0.2"], ["127.0.0.1"])
    seen: list[str] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("sockname")[0])
        writer.write(b"HTTP/1.1 204 x\r\nConnection: close\r\n\r\n")
        writer.close()

    async with http_stub() as canary:
        good = await asyncio.start_server(connected, "127.0.0.2", canary.port)
        client = Client(allowed=lambda address: address == "127.0.0.2", resolver=lambda: resolver)
        answer = await client.post(URL(f"http://name.example:{canary.port}/"), b"", {}, within_s=5.0)
        assert (answer.status, resolver.asked, seen) == (204, 1, ["127.0.0.2"])
        with pytest.raises(RetryAfter, match="no public address"):
            await client.post(URL(f"http://name.example:{canary.port}/"), b"", {}, within_s=5.0)
        await client.close()
        good.close()
    assert canary.connections == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/"])
async def test_an_address_that_was_never_a_name_is_checked_too(url: str) -> None:
    async with http_stub() as canary:
        with pytest.raises(RetryAfter, match="no public address"):
            await post(Client(), url.format(port=canary.port))
    assert canary.connections == 0


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_it_was_taken(code: int) -> None:
    judged(Answer(code, None, ""))


@pytest.mark.parametrize("code", [301, 302, 307, 308, 400, 401, 403, 404, 405, 413, 415, 418, 422])
def test_it_never_will_be(code: int) -> None:
    with pytest.raises(GiveUp, match=f"{code} because"):
        judged(Answer(code, 5.0, "because"))


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 599])
def test_not_now(code: int) -> None:
    with pytest.raises(RetryAfter, match=str(code)) as raised:
        judged(Answer(code, 5.0, ""))
    assert raised.value.seconds == 5.0


def test_nobody_is_there_any_more() -> None:
    with pytest.raises(Disable, match="410"):
        judged(Answer(410, None, ""))


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("999999999999999", 999_999_999, 999_999_999),
        ("in 90 s", 60, 90),
        ("90 s ago", 0, 0),
        ("soon", None, None),
        ("-5", None, None),
        ("Mon, 99 Foo 2026", None, None),
    ],
)
async def test_when_to_come_again_is_said_in_seconds_or_as_a_date(header: str, least: float | None, most: float | None) -> None:
    ahead = {"in 90 s": 90, "90 s ago": -90}.get(header)
    async with http_stub() as stub:
        stub.answers = [status(503, Retry_After=header if ahead is None else formatdate(time.time() + ahead, usegmt=True))]
        answer = await post(Client(internal=True), stub.url)
    if least is None or most is None:
        assert answer.retry_after is None
    else:
        assert answer.retry_after is not None
        assert least <= answer.retry_after <= most
