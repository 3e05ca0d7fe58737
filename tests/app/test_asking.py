"""Operators on the command line, over the API of a real server: what they say, what they are told, and what they are told when they err."""

import asyncio
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hotzone.app.asking import TOKEN, Run
from hotzone.app.cli import app
from hotzone.app.errors import RunFailed, UserError
from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.operating import became, listed, named, operator
from hotzone.app.web import WebServer
from hotzone.app.web.shapes import AlarmNow, Done
from hotzone.config.service import Http
from support.folded import OPERATOR, READER, FoldedRoom, token


def alarm(name: str, **fields: Any) -> AlarmNow:
    known: dict[str, Any] = dict.fromkeys(AlarmNow.__struct_fields__)
    return AlarmNow(
        **{
            **known,
            "id": name,
            "rule": name.partition("@")[0].rpartition(":")[2],
            "priority": "high",
            "state": "unacknowledged",
            "at": 0,
            "first_out": False,
            **fields,
        }
    )


@pytest.fixture
def room(tmp_path: Path) -> FoldedRoom:
    return FoldedRoom(tmp_path)


@pytest.fixture
async def server(room: FoldedRoom) -> AsyncIterator[WebServer]:
    async with WebServer(Http(port=0), Metrics("1"), Health(), room) as served:
        yield served


async def call(server: WebServer, *words: str, **env: str) -> Result:
    """`hotzone words`, which blocks, beside the server."""
    return await asyncio.to_thread(CliRunner().invoke, app, words, env={"HOTZONE_URL": server.url, **env})


async def test_an_alarm_is_listed_acknowledged_and_shelved_by_its_place_and_rule(room: FoldedRoom, server: WebServer) -> None:
    name = room.heat()
    before = await call(server, "alarms", "list")
    done = await call(server, "alarms", "ack", "A1:critical", "--by", "Ada")
    shelved = await call(server, "alarms", "shelve", name, "--for", "10m", "--reason", "fan\u202e swap", "--by", "Ada")
    after = await call(server, "alarms", "list")
    assert [line.split()[:2] for line in before.output.splitlines() if name in line] == [["critical", "unacknowledged"]]
    assert done.output.startswith(f"alarm.acknowledged {name}: by Ada")
    assert shelved.exit_code != 0, "marks of direction are no reason"
    assert [line.split()[:2] for line in after.output.splitlines() if name in line] == [["critical", "acknowledged"]]
    again = await call(server, "alarms", "shelve", name, "--for", "10m", "--reason", "fan swap", "--by", "Ada")
    assert "alarm.shelved" in again.output
    back = await call(server, "alarms", "unshelve", name, "--by", "Ada")
    assert back.output.startswith(f"alarm.unshelved {name}: by Ada")


async def test_a_rule_goes_out_of_service_and_comes_back(room: FoldedRoom, server: WebServer) -> None:
    out = await call(server, "alarms", "service", "A1:high", "--reason", "new racks", "--by", "Ada")
    back = await call(server, "alarms", "service", "A1:high", "--reason", "done", "--return", "--by", "Ada")
    assert (out.exit_code, back.exit_code) == (0, 0), (out.output, back.output)
    assert "A1:high" in out.output
    assert "A1:high" in back.output
    assert room.told


async def test_a_unit_is_driven_by_hand_and_a_hall_is_worked_in(room: FoldedRoom, server: WebServer) -> None:
    assert room.pipeline is not None
    hall = room.pipeline.state.hall
    driven = await call(server, "override", "crac-1", "80", "--for", "10m", "--reason", "filter", "--by", "Ada")
    held = await call(server, "maintenance", "h", "--for", "10m", "--reason", "filter", "--by", "Ada")
    assert (driven.exit_code, held.exit_code) == (0, 0), (driven.output, held.output)
    assert (list(hall.overrides), list(hall.maintenance)) == (["crac-1"], ["h"])
    released = await call(server, "override", "crac-1", "--release", "--by", "Ada")
    ended = await call(server, "maintenance", "h", "--end", "--by", "Ada")
    assert (released.exit_code, ended.exit_code) == (0, 0), (released.output, ended.output)
    assert (hall.overrides, hall.maintenance) == ({}, {})


async def test_a_token_comes_from_the_environment_and_is_said_to_be_missing(room: FoldedRoom) -> None:
    tokens = (token("r", READER, "read"), token("o", OPERATOR, "operate"))
    name = room.heat()
    async with WebServer(Http(port=0, tokens=tokens), Metrics("1"), Health(), room) as server:
        none = await call(server, "alarms", "list", **{TOKEN: ""})
        reader = await call(server, "alarms", "ack", name, "--by", "Ada", **{TOKEN: READER})
        done = await call(server, "alarms", "ack", name, "--by", "Ada", **{TOKEN: OPERATOR})
    assert isinstance(none.exception, UserError)
    assert TOKEN in str(none.exception)
    assert "for reading" in str(reader.exception)
    assert done.exit_code == 0


async def test_a_wrong_name_is_told_with_the_nearest(room: FoldedRoom, server: WebServer) -> None:
    room.heat()
    with pytest.raises(UserError, match=r"no alarm A1:critcal; did you mean A1:critical\?"):
        await asyncio.to_thread(named, Run(server.url), "A1:critcal")
    unit = await call(server, "override", "crac-9", "80", "--for", "10m", "--reason", "x", "--by", "Ada")
    assert "crac-1" in str(unit.exception)


def test_where_nobody_listens_it_says_what_to_do() -> None:
    with pytest.raises(RunFailed, match=r"nobody answers at http://127\.0\.0\.1:9: .*hotzone run"):
        Run("http://127.0.0.1:9/").alarms()


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8780", "ftp://127.0.0.1", "http://", "http://user:word@127.0.0.1:8780", "file:///etc/passwd", "http://[::1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="expected http://HOST:PORT"):
        Run(url)


@pytest.mark.parametrize("token", ["canary\nsecond", "canary-ключ", "can ary"])
def test_a_token_that_is_none_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(UserError, match="holds no token") as refused:
        Run("http://127.0.0.1:8780")
    assert token[:3] not in str(refused.value)


def test_a_name_that_no_host_can_have_is_told_as_such() -> None:
    with pytest.raises(RunFailed, match="nobody answers"):
        Run(f"http://{'x' * 70}.example:1").alarms()


def test_a_token_goes_over_no_network_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "t")
    with pytest.raises(UserError, match="use https"):
        Run("http://hall.example:8780")
    Run("https://hall.example:8780")


def test_a_stranger_gets_no_token_by_a_redirect_and_is_told_from_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if "alarms" in self.path:
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
            else:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv(TOKEN, "t")
    with HTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()
        run = Run(f"http://127.0.0.1:{stranger.server_port}")
        with pytest.raises(RunFailed, match="302"):
            run.alarms()
        with pytest.raises(RunFailed, match="no hotzone"):
            run.now()
        stranger.shutdown()
    assert asked == ["/api/v1/alarms", "/api/v1/state"]


def test_what_needs_somebody_is_listed_first() -> None:
    order = [
        alarm("A1:high@3", state="acknowledged", priority="critical"),
        alarm("A2:high@1", priority="low"),
        alarm("A3:high@1", priority="critical"),
        alarm("A4:high@2", priority="critical", cause="35 °C\x1b[31m"),
    ]
    lines = list(listed(order))
    assert [line.split()[4] for line in lines[1:]] == ["A4:high@2", "A3:high@1", "A2:high@1", "A1:high@3"]
    assert lines[1].endswith(r"35 °C\x1b[31m")
    assert list(listed([])) == ["no alarms"]


def test_an_alarm_without_a_cause_is_listed_with_its_value_and_limit() -> None:
    lines = list(listed([alarm("A1:warm@1", value=27.12345, limit=27.0)]))
    assert lines[1].endswith("A1:warm@1  27.12, limit 27")


def test_an_action_that_changed_nothing_is_said_to_have_changed_nothing() -> None:
    assert list(became(Done(1, []))) == ["nothing changed: it was so already"]


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 65])
def test_whoever_acts_has_a_name_of_one_line(name: str) -> None:
    assert operator("Ann Müller") == "Ann Müller"
    with pytest.raises(UserError, match="expected a name of one line, of 64 characters at most"):
        operator(name)
