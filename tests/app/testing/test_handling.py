"""Handlers in a replay: each as in a run, but at once, and what it raises fails the test."""

import asyncio
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct, structs

from hotzone.app import own
from hotzone.app.testing import EPOCH, MINUTE, SECOND, FeedsItself, HandlerUnusable, Journal, configured, replay, simulate
from hotzone.app.testing.places import Places
from hotzone.app.testing.run import Defaults
from hotzone.app.testing.timeline import frames_of, parse
from hotzone.config import ConfigError, load, shipped
from hotzone.config.model import ControlMode
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Command, Context, Disable, handler
from hotzone.handlers.calls import HandlerHangs
from hotzone.pipeline import AlarmEvent, CoolingEvent, Event, ZoneEvent
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import RecordingWriter
from support.sites import site, unit, zone

HEAT = "0s A1/r1=24 20s A1=36 40s A1=24 90s"
ROOM = site(zone("A1"), units=[unit("crac-1", ["A1"])])


def types(events: object) -> list[str]:
    assert isinstance(events, list)
    return [event.type for event in events]


def test_a_marked_function_hears_what_its_mark_says() -> None:
    heard: list[str] = []

    @handler(alarms=True, min_priority="critical")
    def pager(event: AlarmEvent, ctx: Context) -> None:
        heard.append(f"{ctx.name} {event.type} {event.rule}")

    journal = replay(HEAT, handlers=[pager])
    assert heard == ["pager alarm.raised critical", "pager alarm.cleared critical"]
    assert types(journal.told["pager"]) == ["alarm.raised", "alarm.cleared"]


def test_an_async_handler_is_awaited_before_the_next_event() -> None:
    order: list[str] = []

    async def slow(event: Event, _: Context) -> None:
        await asyncio.sleep(0)
        order.append(event.type)

    def quick(event: Event, _: Context) -> None:
        order.append(f"then {event.type}")

    replay("0s A1/r1=24 20s A1=36 22s", handlers=[slow, quick])
    assert order == ["alarm.raised", "then alarm.raised"]


async def test_it_works_inside_of_a_running_loop() -> None:
    heard = []

    async def take(event: Event, _: Context) -> None:
        heard.append(event.type)

    replay(HEAT, handlers=[take])
    assert "alarm.raised" in heard


def test_plain_functions_are_called_in_the_thread_of_the_test() -> None:
    threads = set()

    def take(_event: Event, _ctx: Context) -> None:
        threads.add(threading.current_thread())

    replay(HEAT, handlers=[take])
    assert threads == {threading.current_thread()}


@handler(alarms=True)
class Pager:
    """With options of its own, and a life."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        number: str
        attempts: int = 3

    lives: list[str]

    def __init__(self, options: Options) -> None:
        self.options = options
        Pager.lives = ["made"]

    async def run(self, ctx: Context) -> None:
        self.lives.append(f"run, {len(ctx.standing())} standing")
        await asyncio.Event().wait()

    async def handle(self, event: AlarmEvent, ctx: Context) -> None:
        self.lives.append(f"{self.options.number} {event.type} {event.rule}, {len(ctx.standing())} standing")

    async def close(self) -> None:
        self.lives.append("closed")


def test_a_class_is_made_with_its_options_and_lives_through_run_handle_and_close() -> None:
    replay("0s A1/r1=24 20s A1=36 22s", handlers=[configured(Pager, number="112")])
    assert Pager.lives == ["made", "run, 0 standing", "112 alarm.raised critical, 1 standing", "closed"]


def test_options_that_are_wrong_are_told_as_in_a_site_file() -> None:
    with pytest.raises(ConfigError, match=r"the test: 2 problems(.|\n)*Pager.options\] numbr(.|\n)*nearest +number"):
        replay(HEAT, handlers=[configured(Pager, numbr="112")])


def test_options_of_the_site_file_hold_and_those_of_the_test_replace_them_one_by_one() -> None:
    where = structs.replace(ROOM, handlers=(HandlerConfig(name="take", use="take", options={"a": 1, "b": 2}),))
    seen = []

    def take(_event: Event, ctx: Context) -> None:
        seen.append(ctx.options)

    replay("0s A1=40 60s", site=where, handlers=[configured(take, b=3)])
    assert seen[0] == {"a": 1, "b": 3}


@pytest.mark.parametrize("name", ["log", f"{__name__}:Noted"])
def test_a_handler_is_named_as_in_a_site_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("types").SimpleNamespace(Noted=lambda _event, _ctx: None))
    journal = replay(HEAT, handlers=[name])
    assert "alarm.raised" in types(journal.told[name.rpartition(":")[2]])


def test_a_folder_gives_all_of_its_handlers_and_a_file_those_in_it(tmp_path: Path) -> None:
    text = "from hotzone.handlers import handler\n@handler(events='{0}')\ndef {1}(event, ctx): ...\n"
    (tmp_path / "one.py").write_text(text.format("zone.*", "first"))
    (tmp_path / "two.py").write_text(text.format("run.*", "second"))
    assert set(replay(HEAT, handlers=[tmp_path]).told) == {"first", "second"}
    assert set(replay(HEAT, handlers=[tmp_path / "two.py"]).told) == {"second"}
    defaults = Defaults(Places(tmp_path, tmp_path))
    assert set(replay(HEAT, handlers=[Path("one.py")], defaults=defaults).told) == {"first"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (42, "42 is no handler: expected something callable"),
        ("lgo", "has no handler 'lgo', and none is installed by that name; did you mean 'log'"),
        ([lambda _event, _ctx: None] * 2, "two handlers are named <lambda>"),
    ],
)
def test_what_is_no_handler_is_told(given: object, said: str) -> None:
    with pytest.raises(HandlerUnusable, match=said):
        replay(HEAT, handlers=given if isinstance(given, list) else [given])


def test_a_broken_file_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("\nimport nothing_of_this_name\n")
    with pytest.raises(HandlerUnusable, match=r"bad.py \(.*No module named 'nothing_of_this_name' \(.*bad.py:2\)"):
        replay(HEAT, handlers=[tmp_path])
    (tmp_path / "bad.py").write_text("")
    with pytest.raises(HandlerUnusable, match="has no handler"):
        replay(HEAT, handlers=[tmp_path])


async def raise_async(event: Event, _: Context) -> None:
    raise Disable(event.type)


def raise_plain(event: Event, _: Context) -> None:
    raise Disable(event.type)


@pytest.mark.parametrize("broken", [raise_async, raise_plain], ids=["async", "plain"])
def test_what_a_handler_raises_fails_the_test_with_its_own_traceback_and_the_event(broken: Callable[..., object]) -> None:
    with pytest.raises(Disable, match=r"alarm\.raised") as caught:
        replay(HEAT, handlers=[broken])
    rest = "state='unacknowledged' value=36 limit=35"
    assert caught.value.__notes__ == [
        f"the handler {broken.__name__} was told of 20.000 s  alarm.raised      A1 critical priority='critical' {rest}"
    ]
    assert traceback.extract_tb(caught.tb)[-1].name == broken.__name__


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_a_handler_that_exits_leaves_no_thread(error: BaseException) -> None:
    async def leave(_event: Event, _ctx: Context) -> None:
        raise error

    with pytest.raises(type(error)):
        replay(HEAT, handlers=[leave])
    assert "hotzone-testing" not in {thread.name for thread in threading.enumerate()}


def test_a_handler_that_never_returns_is_told_by_its_timeout() -> None:
    async def hang(_event: Event, _ctx: Context) -> None:
        await asyncio.Event().wait()

    where = structs.replace(ROOM, handlers=(HandlerConfig(name="hang", use="hang", timeout=SECOND // 20),))
    with pytest.raises(HandlerHangs, match=r"hang: no end within 0\.05 s of wall time"):
        replay("0s A1=40 60s", site=where, handlers=[hang])


@pytest.mark.parametrize("part", ["run", "close"])
def test_background_work_that_fails_fails_the_test(part: str) -> None:
    async def fail(*_: object) -> None:
        raise ValueError(part)

    work = type("Work", (), {"handle": lambda *_: None, part: fail})
    with pytest.raises(ValueError, match=part) as caught:
        replay(HEAT, handlers=[work])
    assert caught.value.__notes__ == [f"the handler Work raised it in its {part}()"]


@handler(events="zone.state")
def keep_cold(event: ZoneEvent, ctx: Context) -> None:
    ctx.request_cooling(str(event.zone), at_least=95.0, until=event.at + 10 * MINUTE)


def test_a_request_for_cooling_is_in_the_journal_with_what_comes_of_it() -> None:
    text = "0s A1=20 crac-1=97 240s"
    plain = replay(text, site=ROOM)
    journal = replay(text, site=ROOM, handlers=[keep_cold])
    normal = journal.one("zone.state")
    assert [(asked.zone, asked.at_least, asked.handler) for asked in journal.requests] == [("A1", 95.0, "keep_cold")]
    told = journal.one("cooling.request", zone="A1", value=95.0, after=normal)
    assert told.at - normal.at < SECOND
    assert plain.none("cooling.request")
    fans, fans_without = (run.values("cooling.command", after=told.at) for run in (journal, plain))
    assert min(map(float, fans)) == 95.0
    assert min(map(float, fans_without)) < 95.0


def test_a_handler_that_asks_for_nothing_changes_nothing() -> None:
    text = "0s A1=20 crac-1=60 120s A1=29 180s A1=stale 400s A1=22 500s"
    assert replay(text, site=ROOM, handlers=[lambda _event, _ctx: None]) == replay(text, site=ROOM)


def test_a_handler_that_feeds_itself_is_stopped() -> None:
    more = iter(range(10_000))

    @handler(events="cooling.request")
    def feed(event: CoolingEvent, ctx: Context) -> None:
        ctx.request_cooling("A1", at_least=next(more) % 100, until=event.at + MINUTE)

    with pytest.raises(FeedsItself, match="feed asks for cooling without an end"):
        replay("0s A1=20 120s A1=29 180s", site=ROOM, handlers=[keep_cold, feed])

    @handler(events="zone.state")
    def ask(event: ZoneEvent, ctx: Context) -> None:
        ctx.request_cooling("A1", at_least=95.0, until=event.at + MINUTE)

    with pytest.raises(FeedsItself, match="feed asks for cooling without an end"):
        simulate(ROOM, for_="2m", handlers=[ask, feed])


def test_a_recorded_request_gives_way_to_the_handler_that_takes_part(tmp_path: Path) -> None:
    lockstep = simulate("demo", for_="2m", seed=1, handlers=[_ask_at_once])
    assert len(lockstep.all("cooling.request")) == 4
    recorded = tmp_path / "recording"
    _record(recorded)
    assert [event.value for event in replay(recorded).all("cooling.request")] == [70.0]
    assert [event.value for event in replay(recorded, handlers=[configured(_ask_at_once, name="asker")]).all("cooling.request")] == [
        95.0
    ] * 4


@handler(events="zone.state")
def _ask_at_once(event: ZoneEvent, ctx: Context) -> None:
    ctx.request_cooling(str(event.zone), at_least=95.0, until=event.at + MINUTE)


def _record(folder: Path) -> None:
    """A run in which a handler named `asker` asked for 70 % once."""
    demo = load(shipped("demo"), secrets=False)
    frames = frames_of(parse("0s A1=24 A2=24 B1=24 B2=24 60s"), demo)
    at = EPOCH + 50 * SECOND + 500_000_000
    frames = sorted([*frames, Frame(at, *own.request("A1", 70.0, at + MINUTE, "asker"))], key=lambda frame: frame.at)
    with RecordingWriter(folder, site_source=demo.source, version="1", started=frames[0].at) as writer:
        writer.append(frames)
        writer.commit()


class Bus:
    """A cooling handler."""

    def __init__(self) -> None:
        self.said: list[Command] = []

    def carry_out(self, command: Command) -> None:
        self.said.append(command)


def test_a_cooling_handler_carries_out_the_commands_of_the_units_that_name_it() -> None:
    units = [unit("crac-1", ["A1"]), unit("crac-2", ["A1"], driver="Bus"), unit("crac-3", ["A1"], driver="Bus", control=ControlMode.ADVISE)]
    bus = Bus()
    journal = replay("0s A1=20 60s", site=site(zone("A1"), units=units), handlers=[bus])
    assert {command.unit.id for command in bus.said} == {"crac-2"}
    assert journal.commands["Bus"] == bus.said
    assert [command.fan for command in bus.said] == journal.values("cooling.command", unit="crac-2")


def test_where_no_unit_names_it_a_cooling_handler_carries_out_all() -> None:
    assert {command.unit.id for command in replay("0s A1=20 60s", site=ROOM, handlers=[Bus]).commands["Bus"]} == {"crac-1"}


def test_what_a_cooling_handler_raises_names_the_unit() -> None:
    def carry_out(_self: object, _command: Command) -> None:
        raise OSError

    with pytest.raises(OSError) as caught:
        replay("0s A1=20 60s", site=ROOM, handlers=[type("Broken", (), {"carry_out": carry_out})])
    assert "the handler Broken was told to carry out crac-1 at 100 %" in caught.value.__notes__[0]


def test_the_observers_of_every_event_stay_what_they_were() -> None:
    told: list[Event] = []
    journal: Journal = replay(HEAT, handlers=[told.append, lambda _event: None])
    assert told == list(journal.events)
    assert journal.told == {}
