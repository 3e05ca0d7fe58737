"""One seed: a plan, a world, a machine, and what must hold whatever happens."""

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

import structlog
from msgspec import json

from hotzone.app import own
from hotzone.app.replay import replay
from hotzone.handlers.outbox import Outbox
from hotzone.pipeline import Event, ZoneCondition, journal_line
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import Recording
from support.accounts import Account, frames_of, times_increase

from .broker import SimBroker
from .check import check_events, check_present
from .loop import SECOND, VirtualLoop
from .loop import run as run_loop
from .machine import WANTED, ZONES_OF, Machine
from .plan import LENGTH_S, Fault, draw
from .sites import SITES
from .world import EPOCH, STEP_S, World

SHM = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it


@dataclass
class Outcome:
    """What came of a seed."""

    seed: int
    faults: list[Fault]
    wrong: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    acknowledged: int = 0
    events: list[Event] = field(default_factory=list)
    """What the log gives, replayed."""

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: {self.acknowledged} readings acknowledged, {len(self.events)} events, log {self.digest[:12]}"]
        lines += [f"  {fault}" for fault in self.faults]
        lines += [f"  WRONG: {what}" for what in self.wrong[:20]]
        return "\n".join(lines)


def simulate(seed: int, faults: list[Fault] | None = None) -> Outcome:
    """Run one seed, or a plan of one's own with the seed's chance. Never raises: what is wrong is in the outcome."""
    planned = draw(seed) if faults is None else faults
    outcome = Outcome(seed, list(planned))
    folder = Path(tempfile.mkdtemp(prefix="hotzone-simulated-", dir=SHM if SHM.is_dir() else None))
    structlog.configure(processors=[_dropped])
    try:
        run_loop(lambda loop: _Run(loop, seed, list(planned), folder, outcome).run())
    except Exception as error:  # noqa: BLE001  a seed that breaks the harness has found something, too
        outcome.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        structlog.reset_defaults()
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _dropped(*_: object) -> structlog.typing.EventDict:
    raise structlog.DropEvent


class _Run:
    def __init__(self, loop: VirtualLoop, seed: int, faults: list[Fault], folder: Path, outcome: Outcome) -> None:
        self.loop = loop
        self.random = Random(seed * 2 + 1)
        self.broker = SimBroker(Random(seed * 3 + 1))
        self.world = World(self.broker, Random(seed * 5 + 1), faults)
        self.machine = Machine(loop, self.broker, folder)
        self.outcome = outcome
        self.disturbed_until: dict[str, float] = {}

    async def run(self) -> None:
        with self.machine.in_place():
            self.machine.start()
            while self.loop.now < LENGTH_S * SECOND:
                await asyncio.sleep(STEP_S)
                self.world.step(self.loop.now, self._begin, self._end)
                self._look()
            self.machine.restart_s = -1
            self.machine.stop(-1)
            async with asyncio.timeout(60):
                while not self.machine.dead:
                    await asyncio.sleep(0.5)
                    self.world.step(self.loop.now, self._begin, self._end)
        outcome = self.outcome
        outcome.wrong += self.machine.wrong
        outcome.counts = {**self.machine.counts, **self.broker.counts}
        self._judge()

    # Faults of the machine and the link; the world knows its own

    def _begin(self, fault: Fault) -> None:
        machine, broker = self.machine, self.broker
        seconds = fault.until - fault.at
        match fault.kind:
            case "kill":
                machine.kill(seconds)
            case "kill-at":
                machine.restart_s = seconds
                machine.kill_at = (fault.target, int(fault.size))
            case "kill-without-snapshot":
                machine.kill(seconds, "killed, snapshots gone")
                self._forget_snapshots()
            case "kill-and-change-site":
                machine.kill(seconds, "killed, site changed")
                machine.site = (machine.site + 1) % len(SITES)
            case "stop":
                machine.stop(seconds)
            case "stall":
                machine.count("stalled")
                machine.disturbed()
                self.loop.call_soon(self.loop.advance, seconds)
            case "link" | "link-forgets":
                self._cut(fault)
            case "drops":
                if broker.source is not None:
                    broker.source.dropping()
            case "disk":
                machine.disk_full = True
            case "handler-fails":
                machine.handlers_fail = True
            case "operator" | "request":
                self._act(fault)

    def _end(self, fault: Fault) -> None:
        match fault.kind:
            case "link" | "link-forgets":
                self.broker.up = True
                self.machine.disturbed()
            case "disk":
                self.machine.disk_full = False
                self.machine.disturbed()
            case "handler-fails":
                self.machine.handlers_fail = False
            case "kill-at":
                self.machine.kill_at = None

    def _cut(self, fault: Fault) -> None:
        self.broker.up = False
        self.broker.count("link cut")
        source = self.broker.source
        self.broker.disconnect()
        if fault.kind == "link-forgets":
            self.broker.forget()
        self.machine.disturbed()
        if source is not None:
            source.broke(self.random.uniform(0.0, 3.0))

    def _forget_snapshots(self) -> None:
        with suppress(sqlite3.Error):
            database = sqlite3.connect(self.machine.folder / "log.state.db")
            database.execute("DELETE FROM snapshots")
            database.commit()
            database.close()

    def _act(self, fault: Fault) -> None:
        station = self.machine.station
        if self.machine.dead or station is None or station.pipeline is None or not station.edge.running:
            return
        until = EPOCH + self.loop.now + round((fault.until - fault.at) * SECOND)
        if fault.kind == "request":
            station.edge.intake.own(own.request(fault.target, fault.size, until, "sim"))
            return
        records = sorted(station.pipeline.state.hall.alarms.values(), key=lambda record: record.id)
        alarm = self.random.choice(records).id if records else "none@1"
        fields = {
            "action": fault.target,
            "by": "sim",
            "reason": "because",
            "alarm": alarm,
            "zone": "A1",
            "hall": "h1",
            "unit": "crac-1",
            "rule": "warm",
            "until": until,
            "value": 70.0,
        }
        wanted = {
            "acknowledge": ("alarm",),
            "shelve": ("alarm", "until"),
            "unshelve": ("alarm",),
            "service": ("zone", "rule"),
            "return": ("zone", "rule"),
            "override": ("unit", "value", "until"),
            "release": ("unit",),
            "maintenance": ("hall", "until"),
            "resume": ("hall",),
        }[fault.target]
        said = {name: fields[name] for name in ("action", "by", "reason", *wanted)}
        station.edge.intake.own(own.Unstamped(Own.OPERATOR, json.encode(said)))
        self.broker.count("operator acted")

    # What must hold

    def _look(self) -> None:
        machine, station = self.machine, self.machine.station
        last_heard = max(unit.heard_at for unit in self.world.units.values())
        if self.loop.now - last_heard > 6 * SECOND and last_heard:
            self.broker.count("left alone")
            if not self.world.at_full:
                self.outcome.wrong.append(f"{self.loop.now / SECOND:.1f} s: nobody was there for 6 s, and not every unit is at 100 %")
        if not machine.dead and station is not None and station.edge.running and not station.health.log_writable:
            self.broker.count("not ready")
            if not machine.disk_full and self.loop.now - machine.watching_since > 2 * SECOND:
                self.outcome.wrong.append(f"{self.loop.now / SECOND:.1f} s: the disk takes everything again, and readiness denies it")
        if (
            machine.dead
            or machine.disk_full
            or not self.broker.up
            or station is None
            or station.pipeline is None
            or not station.edge.running
        ):
            machine.disturbed()
            return
        if self.loop.now - machine.watching_since > 0:
            self.outcome.wrong += check_present(self.world, station.pipeline, self.loop.now, machine.watching_since, self.disturbed_until)

    def _judge(self) -> None:
        log = frames_of(self.machine.log)
        events = self.outcome.events = list(replay(Recording(self.machine.log)))
        self._judge_account(log)
        self._judge_deliveries(events)
        self._judge_journal(events)
        self.outcome.digest = sha256(b"".join(b"%d %s %s\n" % (at, topic.encode(), payload) for at, topic, payload in log)).hexdigest()

    def _judge_account(self, log: list[Frame]) -> None:
        under_way = {(message.topic, message.payload) for message in (*self.broker.flying, *self.broker.waiting)}
        sent = [one for one in self.broker.sent if one not in self.broker.forgotten and one not in under_way]
        account = Account.of(sent, log)
        self.outcome.acknowledged = account.acknowledged
        try:
            account.check()
            assert times_increase(log), "log times do not increase"
            assert len(under_way) < 20, f"{len(under_way)} messages were not taken"
        except AssertionError as error:
            self.outcome.wrong.append(str(error))

    def _judge_deliveries(self, events: list[Event]) -> None:
        outbox = Outbox(self.machine.folder / "log.state.db", WANTED)
        waiting = {(name, delivery.id) for name in WANTED for delivery in outbox.waiting(name, 100_000)}
        outbox.close()
        told = set(self.machine.delivered)
        for event in events:
            if ("all", event.id) not in told and ("all", event.id) not in waiting:
                self.outcome.wrong.append(f"{event.id} was never delivered")
        ids = {event.id for event in events}
        self.outcome.wrong += [f"{one} was delivered and never happened" for _, one in told if one not in ids]
        self.outcome.wrong += check_events(events, ZONES_OF)
        # What a process has learned and could not write is gone when it is killed; the numbers of the readings still show the gap.
        knew = not {"disk refused", "killed before it began"} & set(self.outcome.counts)
        if knew and self.broker.forgotten and not any(event.type == "link.session-lost" for event in events):
            self.outcome.wrong.append("a session was lost, with readings in it, and nobody was told")
        for event in events:
            self.outcome.counts[event.type] = self.outcome.counts.get(event.type, 0) + 1
            if getattr(event, "state", None) in {ZoneCondition.HOT, ZoneCondition.FAILSAFE}:
                self.outcome.counts[f"zone {event.state}"] = self.outcome.counts.get(f"zone {event.state}", 0) + 1

    def _judge_journal(self, events: list[Event]) -> None:
        if self.machine.journal.read_bytes() != b"".join(journal_line(event) + b"\n" for event in events):
            self.outcome.wrong.append("the journal is not that of the replay")
