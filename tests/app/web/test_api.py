"""The API of a run: a real demo hall behind a real broker, asked as the page asks."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.web import WebServer
from hotzone.app.web.guard import FAILURES, Guard, Scope
from hotzone.app.web.openapi import OPERATIONS, description
from hotzone.app.web.present import Present
from hotzone.app.web.stream import AT_ONCE
from hotzone.config.service import Http
from hotzone.config.units import HOUR
from hotzone.pipeline import AlarmEvent, AlarmState
from support.folded import OPERATOR, READER, FoldedRoom, token
from support.house import ROOT
from support.sites import EPOCH


@asynccontextmanager
async def served(room: FoldedRoom, **http: Any) -> AsyncIterator[tuple[WebServer, aiohttp.ClientSession]]:
    server = WebServer(Http(port=0, **http), Metrics("1"), Health(), room)
    async with server, aiohttp.ClientSession(server.url) as client:
        yield server, client


@pytest.fixture
def room(tmp_path: Path) -> FoldedRoom:
    return FoldedRoom(tmp_path)


async def test_the_site_and_its_state_name_the_same_thermometers(room: FoldedRoom) -> None:
    async with served(room) as (_, client):
        described = await (await client.get("/api/v1/site")).json()
        state = await (await client.get("/api/v1/state")).json()
    sensors = [one for hall in described["halls"] for each in hall["zones"] for rack in each["racks"] for one in rack["sensors"]]
    assert [one["id"] for one in sensors] == ["A1/r0/in", "A1/r1/in", "A1/r2/in"]
    assert described["shelf"] == {"low": 24 * HOUR, "medium": 8 * HOUR, "high": 4 * HOUR, "critical": HOUR}
    assert state["sensors"] == [[24.0, 0, None]] * 3
    assert state["zones"]["A1"]["state"] == "normal"
    assert list(state["units"]) == ["crac-1"]


async def test_an_alarm_is_acknowledged_and_the_answer_says_what_became_of_it(room: FoldedRoom) -> None:
    alarm = room.heat()
    async with served(room) as (_, client):
        answer = await client.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"by": "ada"})
        told = await answer.json()
        (shown,) = [one for one in await (await client.get("/api/v1/alarms")).json() if one["id"] == alarm]
        again = await client.post("/api/v1/alarms/A1:critical@1/acknowledge", json={"by": "ada"})
    assert (answer.status, told["events"][0]["type"], told["events"][0]["by"]) == (200, "alarm.acknowledged", "ada")
    assert (shown["state"], shown["by"]) == ("acknowledged", "ada")
    assert again.status == 409


@pytest.mark.parametrize(("state", "reason"), [(AlarmState.SUPPRESSED, "cooling is lost in hall h"), (AlarmState.UNACKNOWLEDGED, None)])
def test_what_is_put_aside_says_why_though_nobody_did_it(room: FoldedRoom, state: AlarmState, reason: str | None) -> None:
    room.heat()
    assert room.pipeline is not None
    for record in room.pipeline.hall.alarms.values():
        record.state, record.by, record.why = state, None, "cooling is lost in hall h"
    present = Present(room)
    present.look()
    assert {one.reason for one in present.state.alarms} == {reason}


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/v1/alarms/x/acknowledge", {}, 422, "by"),
        ("/api/v1/alarms/x/acknowledge", {"by": "a", "more": 1}, 422, "more"),
        ("/api/v1/alarms/x/shelve", {"by": "a", "reason": "b"}, 422, "until"),
        ("/api/v1/alarms/A1@0/service", {"by": "a", "reason": "b"}, 422, "'A1' names no rule at a place: expected PLACE:RULE"),
        ("/api/v1/alarms/x/burn", {"by": "a"}, 404, "acknowledge"),
        ("/api/v1/units/crac-9/release", {"by": "a"}, 422, "crac-1"),
        ("/api/v1/units/crac-1/override", {"by": "a", "reason": "b", "value": 101, "until": EPOCH + 10**12}, 422, "percent"),
        ("/api/v1/halls/h/maintenance", {"by": "a", "reason": "b", "until": 1}, 422, "until"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(room: FoldedRoom, path: str, body: Any, status: int, said: str) -> None:
    before = room.now()
    async with served(room) as (_, client):
        answer = await client.post(path, json=body)
        assert (answer.status, said in (await answer.json())["error"]) == (status, True), await answer.text()
    assert room.now() == before, "nothing was logged"


async def test_a_unit_is_driven_by_hand_and_a_hall_put_into_maintenance(room: FoldedRoom) -> None:
    until = room.now() + 600 * 10**9
    async with served(room) as (_, client):
        driven = await client.post("/api/v1/units/crac-1/override", json={"by": "ada", "reason": "filter", "value": 80, "until": until})
        held = await client.post("/api/v1/halls/h/maintenance", json={"by": "ada", "reason": "filter", "until": until})
        state = await (await client.get("/api/v1/state")).json()
    assert (driven.status, held.status) == (200, 200)
    assert state["units"]["crac-1"]["override"] == until
    assert state["maintenance"] == {"h": until}


async def test_an_explanation_knows_nothing_of_what_comes_after_the_moment_that_is_shown(room: FoldedRoom) -> None:
    alarm = room.heat()
    raised = next(event for event in room.told if isinstance(event, AlarmEvent) and event.alarm == alarm)
    room.told.append(structs.replace(raised, at=room.now() + 1, type="alarm.cleared"))
    async with served(room) as (_, client):
        why = await (await client.get(f"/api/v1/alarms/{alarm}/explain")).json()
    assert why["steps"][-1]["at"] <= room.now()


async def test_an_alarm_and_the_absence_of_one_are_explained(room: FoldedRoom) -> None:
    alarm = room.heat()
    async with served(room) as (_, client):
        why = await (await client.get(f"/api/v1/alarms/{alarm}/explain")).json()
        zone_now = await (await client.get("/api/v1/zones/A1/explain")).json()
        unknown = [
            (await client.get(path)).status
            for path in ("/api/v1/alarms/x/explain", "/api/v1/alarms/B9:x@5/explain", "/api/v1/zones/B9/explain")
        ]
    assert any(step["event"].startswith("alarm.raised:A1:critical") for step in why["steps"])
    assert zone_now["zone"]["value"] == 36.0
    assert unknown == [422, 404, 404]


async def test_the_key_figures_count_the_alarms_of_the_time_that_was_asked_for(room: FoldedRoom) -> None:
    room.heat()
    async with served(room) as (_, client):
        found = await (await client.get(f"/api/v1/kpi?from={EPOCH}&to={room.now() + 1}")).json()
        before = await (await client.get(f"/api/v1/kpi?from={EPOCH}&to={EPOCH + 1}")).json()
    assert found["annunciated"] == sum(event.type == "alarm.raised" for event in room.told) > 0
    assert before["annunciated"] == 0
    assert [hall["hall"] for hall in found["halls"]] == ["h"]


def messages(text: str) -> Iterator[tuple[str, Any]]:
    for block in text.split("\n\n"):
        found = re.search(r"event: (\w+)\ndata: (.*)", block)
        if found:
            yield found[1], json.loads(found[2])


async def test_the_stream_begins_with_everything_and_goes_on_with_what_changes(room: FoldedRoom) -> None:
    async with served(room) as (server, client), client.get("/api/v1/stream") as answer:
        assert server.stream is not None
        text = ""
        while "event: state" not in text or not text.endswith("\n\n"):
            text += (await answer.content.readany()).decode()
        room.heat()
        server.stream.look()
        while '"alarms"' not in text.partition("event: changes")[2] or not text.endswith("\n\n"):
            text += (await answer.content.readany()).decode()
    kinds = list(messages(text))
    assert kinds[0][0] == "state"
    last = next(message for kind, message in reversed(kinds) if kind == "changes" and message.get("alarms"))
    assert last["values"][:2] == [0, 36.0]
    assert {one["rule"] for one in last["alarms"]} >= {"critical"}


async def test_many_who_come_at_once_cost_one_look(room: FoldedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    look = Present.look
    monkeypatch.setattr(Present, "look", lambda present: looks.append(1) or look(present))
    monkeypatch.setattr("hotzone.app.web.stream.LOOK_S", 3600.0)
    async with served(room) as (server, client), AsyncExitStack() as stack:
        assert server.stream is not None
        for _ in range(30):
            answer = await stack.enter_async_context(client.get("/api/v1/stream"))
            text = b""
            while b"event: state" not in text:
                text += await answer.content.readany()
        assert server.stream.clients == 30
        assert server.stream.dropped == 0
    assert len(looks) <= 2


async def test_the_loop_turns_to_others_while_many_are_told(room: FoldedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    written, turns = 0, list[int]()
    write = aiohttp.web.StreamResponse.write

    async def counted(response: aiohttp.web.StreamResponse, data: bytes) -> None:
        nonlocal written
        written += 1
        await write(response, data)

    monkeypatch.setattr("hotzone.app.web.stream.LOOK_S", 3600.0)
    async with served(room) as (server, client), AsyncExitStack() as stack:
        assert server.stream is not None
        for _ in range(30):
            answer = await stack.enter_async_context(client.get("/api/v1/stream"))
            while b"event: state" not in await answer.content.readany():
                pass
        monkeypatch.setattr(aiohttp.web.StreamResponse, "write", counted)
        server.stream.look()
        while written < 30:
            before = written
            await asyncio.sleep(0)
            turns.append(written - before)
    assert max(turns) <= AT_ONCE


async def test_who_does_not_read_is_cut_off_and_nobody_waits_for_it(room: FoldedRoom) -> None:
    async with served(room) as (server, client):
        assert server.stream is not None
        async with client.get("/api/v1/stream"):
            for _ in range(200):
                room.heat()
                server.stream.look()
            assert (server.stream.clients, server.stream.dropped) == (0, 1)


# Who may ask

TOKENS = (token("r", READER, "read"), token("o", OPERATOR, "operate"))


async def test_every_route_asks_for_the_token_that_its_scope_needs(room: FoldedRoom) -> None:
    known = {None: Scope.OPEN, "wrong": Scope.OPEN, READER: Scope.READ, OPERATOR: Scope.OPERATE}
    order = [Scope.OPEN, Scope.READ, Scope.OPERATE]
    async with served(room, tokens=TOKENS) as (server, client):
        assert {route.scope for route in server.routes} == set(Scope)
        for route in server.routes:
            path = re.sub(r"\{.*?\}", "x", route.path)
            for text, granted in known.items():
                headers = {} if text is None else {"Authorization": f"Bearer {text}"}
                async with client.request(route.method, path, headers=headers) as answer:
                    allowed = order.index(granted) >= order.index(route.scope)
                    assert (answer.status not in {401, 403}) is allowed, (route, text, answer.status)
                    if not allowed:
                        assert answer.status == (403 if granted is Scope.READ else 401)
                        assert "Content-Security-Policy" in answer.headers


async def test_many_wrong_tokens_are_told_to_wait_and_the_right_one_is_not() -> None:
    guard = Guard(Http(tokens=TOKENS), {}, now=lambda: 0.0)
    for _ in range(FAILURES):
        assert guard._granted("Bearer wrong") is None
    with pytest.raises(aiohttp.web.HTTPTooManyRequests):
        guard._granted("Bearer wrong")
    assert guard._granted(f"Bearer {OPERATOR}") is Scope.OPERATE


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[::2]", "a:b:c"])
async def test_only_names_of_this_server_are_answered(room: FoldedRoom, host: str) -> None:
    async with served(room) as (_, client), client.get("/api/v1/site", headers={"Host": host}) as answer:
        assert answer.status in {400, 421}


async def test_the_page_of_another_server_cannot_do_anything(room: FoldedRoom) -> None:
    alarm = room.heat()
    async with served(room) as (server, client):
        for origin, status in (("http://evil.example", 403), ("null", 403), (server.url, 200)):
            answer = await client.post(f"/api/v1/alarms/{alarm}/acknowledge", json={"by": "a"}, headers={"Origin": origin})
            assert answer.status == status


async def test_a_body_is_json_and_short(room: FoldedRoom) -> None:
    async with served(room) as (_, client):
        form = await client.post("/api/v1/alarms/x/acknowledge", data="by=a", headers={"Content-Type": "application/x-www-form-urlencoded"})
        long = await client.post("/api/v1/alarms/x/acknowledge", json={"by": "a", "reason": "x" * 100_000})
    assert (form.status, long.status) == (415, 413)


@pytest.mark.parametrize("path", ["/..%2f..%2fserver.py", "/%2e%2e/server.py", "/js/../../guard.py", "/nothing", "/index.html"])
async def test_nothing_but_the_page_is_served(room: FoldedRoom, path: str) -> None:
    async with served(room) as (server, client):
        from yarl import URL  # noqa: PLC0415  needed here alone

        async with client.get(URL(f"{server.url}{path}", encoded=True)) as answer:
            assert answer.status in {400, 404}


@pytest.mark.parametrize("query", ["from=x", "from=5&to=4", "points=-1&series=A1", "", "from=9999999999999999999"])
async def test_a_question_that_makes_no_sense_is_refused(room: FoldedRoom, query: str) -> None:
    async with served(room) as (_, client), client.get(f"/api/v1/history?{query}") as answer:
        assert answer.status == 422


# What it says of itself


async def test_the_description_has_every_route_and_nothing_else(room: FoldedRoom) -> None:
    async with served(room) as (server, client):
        told = await (await client.get("/api/v1/openapi.json")).json()
        routes = {(route.path, route.method.lower(), route.name) for route in server.routes if route.path.startswith("/api/v1/")}
    assert {(one.path, one.method, one.name) for one in OPERATIONS} == {route for route in routes if route[2] != "description"}
    assert told == json.loads(json.dumps(description()))
    assert told["openapi"].startswith("3.1")


async def test_the_documentation_has_every_route_with_its_scope(room: FoldedRoom) -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    async with served(room) as (server, _):
        for route in server.routes:
            assert re.search(rf"^\|.*`(GET |POST )?{re.escape(route.path.replace(':.+', ''))}`.*\| {route.scope} \|", text, re.MULTILINE), (
                route
            )
