"""A receiver that is down for a long time, and a run that is killed meanwhile: every alarm arrives, its end included, and twice only by the same id.

The short form is seconds of real time, and the retries are the product's own; the soak is the full ten minutes.
"""

import asyncio
import signal
from pathlib import Path

import pytest

from hotzone.app.replay import replay
from hotzone.pipeline import AlarmEvent
from hotzone.sensors.recording import Recording
from support import gateways
from support.crash_process import child
from support.http_stub import Answering, Asked, HttpStub, http_stub, status
from support.mosquitto import MosquittoFactory
from support.waiting import until

WEBHOOK = """
[handlers.oncall]
use = "webhook"
options = {{ url = "{url}/hook", allow_http = true, allow_private = true }}
"""


class Receiver(list[Answering]):
    """Decides about each request: 503 while it is down."""

    def __init__(self, stub: HttpStub) -> None:
        super().__init__()
        self.down = False
        self.refused = 0
        self.accepted: list[Asked] = []
        self._stub = stub

    def __bool__(self) -> bool:
        return True

    def pop(self, _index: object = 0) -> Answering:
        if self.down:
            self.refused += 1
            return status(503)
        self.accepted.append(self._stub.asked[-1])
        return status(200)

    @property
    def ids(self) -> list[str]:
        return [asked.headers["webhook-id"] for asked in self.accepted]


async def run(url: str, folder: Path, outage_s: float, wait_s: float) -> None:
    async with http_stub() as stub:
        receiver = Receiver(stub)
        stub.answers = receiver
        (folder / "site.toml").write_text(gateways.site(4).replace("[limits]", WEBHOOK.format(url=stub.url) + "[limits]", 1))
        (folder / "handlers").mkdir()
        gateway = gateways.Gateway(url, 4)
        await gateway.connect()
        async with child(folder, url) as first:
            await first.ready()
            load = asyncio.create_task(gateway.run(min(1.0, outage_s / 100)))
            await until(lambda: len(receiver.accepted) > 2, seconds=60)
            receiver.down = True
            await until(lambda: receiver.refused > 0, seconds=60)
            await asyncio.sleep(outage_s / 2)
            first.process.send_signal(signal.SIGKILL)
            await first.ended()
        async with child(folder, url) as second:
            await second.ready()
            await asyncio.sleep(outage_s / 2)
            await until(lambda: gateway.rounds > 90, seconds=60)  # alarms have ended, too
            load.cancel()
            await asyncio.wait([load])
            receiver.down = False
            await until(lambda: not lacking(folder, receiver), seconds=wait_s)
            second.process.send_signal(signal.SIGTERM)
            assert await second.ended() == 0
        await gateway.close()
    judge(folder, receiver, outage_s)


def lacking(folder: Path, receiver: Receiver) -> set[str]:
    """Alarm events of the log that have not been accepted."""
    return {event.id for event in replay(Recording(folder / "log")) if isinstance(event, AlarmEvent)} - set(receiver.ids)


def judge(folder: Path, receiver: Receiver, outage_s: float) -> None:
    events = [event for event in replay(Recording(folder / "log")) if isinstance(event, AlarmEvent)]
    bodies: dict[str, set[bytes]] = {}
    for asked in receiver.accepted:
        bodies.setdefault(asked.headers["webhook-id"], set()).add(asked.body)
    again = len(receiver.ids) - len(bodies)
    print(
        f"\ndown for {outage_s:g} s, killed in the middle: {len(bodies)} of {len(events)} delivered, {again} twice, {receiver.refused} refused"
    )
    assert set(bodies) == {event.id for event in events}
    assert all(len(said) == 1 for said in bodies.values()), "the same id says the same"
    assert {event.type for event in events} == {"alarm.raised", "alarm.cleared"}, "ends, too"


async def test_every_alarm_arrives_though_the_receiver_is_down_and_the_run_is_killed(
    start_mosquitto: MosquittoFactory, tmp_path: Path
) -> None:
    await run(start_mosquitto().url, tmp_path, 4.0, 120.0)


@pytest.mark.soak
async def test_every_alarm_arrives_after_ten_minutes(start_mosquitto: MosquittoFactory, tmp_path: Path) -> None:
    await run(start_mosquitto().url, tmp_path, 600.0, 300.0)
