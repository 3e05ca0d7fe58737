"""Requests made to hurt: a run answers each with a word, never with a fault of its own, and goes on."""

import json
import re
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from corpus.mutate import TOKENS, changed, random_of

from support.commands import SITE, Command, hotzone
from support.mosquitto import BINARY, Mosquitto

SEED = 3
NOT_WELL = 503
"""What a health check may say on a machine that is busy."""
OPERATE = b'{"by":"ada","reason":"x","until":9000000000000000000,"value":50}'
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
ROUTES = [
    *(
        "/",
        "/metrics",
        "/healthz",
        "/api/v1/openapi.json",
        "/api/v1/site",
        "/api/v1/state",
        "/api/v1/alarms",
        "/api/v1/events",
        "/api/v1/health",
    ),
    *(
        "/api/v1/history?series=A1&from=0&to=5&points=10",
        "/api/v1/kpi?from=0",
        "/api/v1/zones/A1/explain",
        "/api/v1/alarms/A1:high@1/explain",
    ),
]


def get(path: str | bytes, *more: bytes) -> bytes:
    raw = path.encode() if isinstance(path, str) else path
    return b"\r\n".join((b"GET " + raw + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close", *more, b"", b""))


def post(path: str, body: bytes, *more: bytes) -> bytes:
    heads = (b"Host: 127.0.0.1", b"Connection: close", b"Content-Type: application/json", b"Content-Length: %d" % len(body))
    return b"\r\n".join((b"POST " + path.encode() + b" HTTP/1.1", *heads, *more, b"", b"")) + body


UNIT = "/api/v1/units/crac-1/override"
HOSTILE: list[tuple[str, bytes, set[int]]] = [
    # what, the request, the statuses that will do; 0 is a connection that was closed without a word
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), {0, 400}),
    ("a line without end", b"GET /" + b"a" * 100_000, {0, 400, 414}),
    ("a path of 60,000 letters", get("/" + "a" * 60_000), {400, 404, 414}),
    ("a head of 100,000 bytes", get("/", b"X: " + b"a" * 100_000), {400, 431}),
    ("a thousand heads", get("/api/v1/state", *[b"X-%d: y" % number for number in range(1000)]), {200, 400, 431}),
    ("two hosts", get("/api/v1/state", b"Host: evil.test"), {400, 421}),
    ("a line break in a head", get("/api/v1/state", b"X: a\r\n b"), {200, 400}),
    ("two lengths", post(UNIT, OPERATE, b"Content-Length: 5"), {400}),
    ("a length and chunks", post(UNIT, OPERATE, b"Transfer-Encoding: chunked"), {400}),
    ("a length of -1", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", {400}),
    (
        "chunks without end",
        post(UNIT, b"", b"Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"") + b"fffffffff\r\nx",
        {0, 400, 413},
    ),
    ("a method that there is not", b"BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", {400, 404, 405}),
    ("TRACE", b"TRACE /api/v1/state HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", {400, 404, 405}),
    ("a way up", get("/../../etc/passwd"), {400, 404}),
    ("an encoded way up", get("/%2e%2e/%2e%2e/etc/passwd"), {400, 404}),
    ("a twice encoded way up", get("/%252e%252e%252fetc%252fpasswd"), {400, 404}),
    ("backslashes", get("/..\\..\\etc\\passwd"), {400, 404}),
    ("a NUL", get("/js/%00"), {400, 404}),
    ("bytes that are no UTF-8", get(b"/api/v1/zones/%ff%fe/explain"), {400, 404, 422}),
    ("raw bytes", get(b"/\xff\xfe"), {400, 404}),
    ("a zone that is a script", get("/api/v1/zones/%3Cscript%3Ealert(1)%3C%2Fscript%3E/explain"), {404, 422}),
    ("an alarm of 10,000 letters", get(f"/api/v1/alarms/{'a' * 7000}/explain"), {400, 404, 414, 422}),
    ("a time of nonsense", get("/api/v1/history?series=A1&from=yesterday"), {422}),
    ("a time of 40 digits", get(f"/api/v1/history?series=A1&from={'9' * 40}"), {422}),
    ("NaN points", get("/api/v1/history?series=A1&points=NaN"), {422}),
    ("10^9 points", get("/api/v1/history?series=A1&points=1000000000"), {200, 422}),
    ("no points", get("/api/v1/history?series=A1&points=0"), {200, 422}),
    ("five thousand series", get("/api/v1/history?series=" + ",".join(["A1"] * 2000)), {200, 400, 414, 422}),
    ("a series twice", get("/api/v1/history?series=A1&series=B1"), {200, 422}),
    ("a pattern of stars", get("/api/v1/events?type=" + "*" * 200), {200, 422}),
    ("a pattern of brackets", get("/api/v1/events?type=" + "%5B" * 200), {200, 422}),
    ("key figures of a time that ends before it begins", get("/api/v1/kpi?from=5&to=4"), {422}),
    ("half an operator", get("/api/v1/kpi?operators=-1"), {422}),
    ("an empty body", post(UNIT, b""), {400, 422}),
    ("no JSON", post(UNIT, b"by=ada"), {400, 422}),
    ("brackets", post(UNIT, b"[" * 10_000), {400, 422}),
    ("brackets in an object", post(UNIT, b'{"by":' + b"[" * 10_000), {400, 422}),
    ("bytes that are no text", post(UNIT, b'{"by":"\xff"}'), {400, 422}),
    ("17 KiB", post(UNIT, b'{"by":"' + b"a" * 17_000 + b'"}'), {413}),
    ("an escape sequence for a name", post(UNIT, OPERATE.replace(b"ada", b"\\u001b[2J")), {422}),
    ("1e400 percent", post(UNIT, OPERATE.replace(b"50", b"1e400")), {422}),
    ("NaN percent", post(UNIT, OPERATE.replace(b"50", b"NaN")), {400, 422}),
    ("an end of 40 digits", post(UNIT, OPERATE.replace(b"9000000000000000000", b"9" * 40)), {400, 422}),
    ("a key twice", post(UNIT, OPERATE.replace(b"{", b'{"value":0,')), {400, 409, 422}),
    ("a key that there is not", post(UNIT, OPERATE.replace(b"{", b'{"__proto__":{},')), {400, 422}),
    ("a form", post(UNIT, b"by=ada").replace(b"application/json", b"text/plain"), {415}),
    ("another page's wish", post(UNIT, OPERATE, b"Origin: https://evil.test"), {403}),
    ("a unit that there is not", post("/api/v1/units/crac-9/override", OPERATE), {404, 422}),
    ("an action that there is not", post("/api/v1/units/crac-1/explode", OPERATE), {404, 405, 422}),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Command, int]]:
    """A run, and the port that it serves."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed: apt-get install mosquitto")
    folder = tmp_path_factory.mktemp("requests")
    (folder / "site.toml").write_text(SITE)
    broker = Mosquitto(folder).start()
    try:
        with hotzone(folder, "run", "--broker", broker.url, "--recording", "log", "--plain") as run:
            run.until(lambda: "the run begins" in run.log, "the run")
            url = next(json.loads(text)["http"] for text in run.log.splitlines() if "the run begins" in text)
            yield run, int(url.rpartition(":")[2])
            run.signal(signal.SIGTERM)
            assert run.process.returncode == 0, run.log
            assert "Traceback" not in run.log, run.log
            assert all(isinstance(json.loads(text), dict) for text in run.log.splitlines())
    finally:
        broker.kill()


def asked(port: int, request: bytes, seconds: float = 1.0) -> tuple[int, bytes]:
    """The status and the whole answer; 0 for a connection that was closed without one, or waits for more."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.settimeout(seconds)
        try:
            connection.sendall(request)
            while part := connection.recv(65_536):
                answer += part
        except (ConnectionError, TimeoutError):
            pass
    status = STATUS.match(answer)
    return int(status[1]) if status else 0, answer


@pytest.mark.parametrize(("what", "request_", "statuses"), HOSTILE, ids=[what for what, _, _ in HOSTILE])
def test_a_request_made_to_hurt_is_answered_in_a_word(running: tuple[Command, int], what: str, request_: bytes, statuses: set[int]) -> None:
    run, port = running
    status, answer = asked(port, request_)
    assert status in statuses, (what, answer[:500])
    assert b"Traceback" not in answer
    assert b"root:" not in answer
    assert run.process.poll() is None


def test_nothing_of_it_did_anything(running: tuple[Command, int]) -> None:
    _, port = running
    status, answer = asked(port, get("/api/v1/state"))
    assert status == 200
    units = json.loads(answer.partition(b"\r\n\r\n")[2])["units"]
    assert len(units) == 2
    assert not any(unit.get("override") for unit in units.values()), units


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_requests_changed_at_random_are_no_fault_of_the_server(running: tuple[Command, int], count: int) -> None:
    run, port = running
    bases = [*(get(path) for path in ROUTES), *(request for _, request, _ in HOSTILE if len(request) < 2000), post(UNIT, OPERATE)]
    found: Counter[int] = Counter()
    for number in range(count):
        status, answer = asked(port, _changed(random_of(SEED, number), bases), 0.3)
        assert status < 500 or status == NOT_WELL, (SEED, number, answer[:500])
        found[status] += 1
    assert run.process.poll() is None
    assert {200, 400, 404} <= set(found), found
    print(f"{count:,} requests by status: {dict(found.most_common())}")


def _changed(rng: Random, bases: list[bytes]) -> bytes:
    base = rng.choice(bases)
    head, _, rest = base.partition(b" ")
    path, _, more = rest.partition(b" ")
    if rng.random() < 0.6:
        return b" ".join((head, changed(rng, path, [*TOKENS]).replace(b"stream", b""), more))
    return changed(rng, base, bases).replace(b"stream", b"")
