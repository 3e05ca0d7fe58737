"""Commands on their way to the units."""

import asyncio
import json

from mqtt5 import PubAckReasonCode

from hotzone.app.cooling import MqttDriver, Slots
from hotzone.app.own import Unstamped
from hotzone.config.units import SECOND
from hotzone.handlers import Command
from hotzone.pipeline import CoolingEvent
from hotzone.sensors.command import EXPIRY
from hotzone.sensors.frame import LinkKind
from hotzone.sensors.mqtt import ConnectionLost
from support.sites import unit

AT = 1_700_000_000 * SECOND
UNITS = (unit("crac-1", ["A1"]), unit("crac-2", ["A1"], driver="broken"))


def command(name: str, fan: float, number: int, *, advise: bool = False) -> CoolingEvent:
    return CoolingEvent(at=AT, type="cooling.command", unit=name, value=fan, number=number, advise=advise)


class Sent:
    def __init__(self) -> None:
        self.commands: list[Command] = []

    def send(self, command: Command) -> None:
        self.commands.append(command)


class Broken:
    def send(self, command: Command) -> None:
        msg = f"a driver that cannot do {command.fan}"
        raise RuntimeError(msg)


def test_the_latest_command_of_a_unit_wins() -> None:
    sent = Sent()
    slots = Slots(UNITS, {"mqtt": sent})
    slots.told([command("crac-1", 60.0, 1), command("crac-1", 80.0, 2)])
    assert [(one.fan, one.number) for one in sent.commands] == [(80.0, 2)]


def test_what_is_only_advised_is_not_sent() -> None:
    sent = Sent()
    Slots(UNITS, {"mqtt": sent}).told([command("crac-1", 60.0, 1, advise=True)])
    assert sent.commands == []


def test_an_advised_command_ends_what_was_sent_before_as_in_maintenance_until_there_is_another_to_send() -> None:
    sent = Sent()
    slots = Slots(UNITS, {"mqtt": sent})
    slots.told([command("crac-1", 60.0, 1)])
    slots.told([command("crac-1", 70.0, 2, advise=True)])
    assert slots.waiting == ()
    slots.told([command("crac-1", 80.0, 3)])
    assert [one.number for one in sent.commands] == [1, 3]
    assert [one.number for one in slots.waiting] == [3]


def test_a_driver_that_fails_keeps_no_other_unit_from_its_command() -> None:
    sent = Sent()
    Slots(UNITS, {"broken": Broken(), "mqtt": sent}).told([command("crac-2", 60.0, 1), command("crac-1", 60.0, 1)])
    assert [one.unit.id for one in sent.commands] == ["crac-1"]


class Broker:
    def __init__(self, code: PubAckReasonCode = PubAckReasonCode.SUCCESS, *, connected: bool = True) -> None:
        self.code = code
        self.connected = connected
        self.published: list[tuple[str, bytes, dict[str, object]]] = []
        self.told: list[Unstamped] = []
        self.driver = MqttDriver(self.publish, lambda: AT, self.told.append, lambda: 60.0)

    def publish(self, topic: str, payload: bytes, **options: object) -> "asyncio.Future[PubAckReasonCode]":
        if not self.connected:
            msg = "not connected"
            raise ConnectionLost(msg)
        self.published.append((topic, payload, options))
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(self.code)
        return answer

    async def send(self, times: int = 1) -> None:
        for _ in range(times):
            self.driver.send(Command(UNITS[0], 80.0, 7))
            await asyncio.sleep(0)


async def test_a_command_is_absolute_numbered_and_expires_and_is_not_retained() -> None:
    broker = Broker()
    await broker.send()
    topic, payload, options = broker.published[0]
    assert topic == "dc/h/units/crac-1/command"
    assert json.loads(payload) == {"fan": 80.0, "number": 7, "issued": AT // 10**6, "expires": (AT + 600 * SECOND) // 10**6}
    assert options == {"expiry": EXPIRY}


async def test_a_command_that_nobody_hears_is_told_once_until_somebody_does() -> None:
    broker = Broker(PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)
    await broker.send(3)
    assert [json.loads(frame.payload)["kind"] for frame in broker.told] == [LinkKind.UNHEARD]
    broker.code = PubAckReasonCode.SUCCESS
    await broker.send()
    broker.code = PubAckReasonCode.NOT_AUTHORIZED
    await broker.send(2)
    assert [json.loads(frame.payload)["kind"] for frame in broker.told] == [LinkKind.UNHEARD, LinkKind.DENIED]
    assert json.loads(broker.told[1].payload)["unit"] == "crac-1"


async def test_without_a_connection_a_command_waits_for_the_next_second() -> None:
    broker = Broker(connected=False)
    await broker.send()
    assert broker.published == []
    assert broker.told == []
