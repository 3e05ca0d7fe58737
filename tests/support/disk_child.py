"""A run's ledger without a broker: commits frames, stores their events, keeps snapshots, and says what is safe. Run by tests under strace.

    python disk_child.py FOLDER

It goes on where the log ends, says `committed N` when so many frames of the whole are safe and may be acknowledged, and `done` at the end.
"""

import asyncio
import sys
from pathlib import Path

from hotzone.app.ledger import Ledger
from hotzone.app.state_file import state_path
from hotzone.config import loads
from hotzone.handlers.contract import Subscription
from hotzone.handlers.outbox import Outbox
from hotzone.sensors.frame import Frame
from support.ramp import RAMP_SITE, ramp

STEP = 60
WANTED = {"all": Subscription(alarms=False, events="*")}


async def main(folder: Path) -> None:
    frames = ramp()
    ledger = Ledger(folder / "log", loads(RAMP_SITE), "1", started=frames[0].at)
    restored = await ledger.open()
    ledger.outbox = Outbox(state_path(folder / "log"), WANTED)
    if restored.events:
        await ledger.store(restored.events)
    since = next((number for number, frame in enumerate(frames) if frame.at > (restored.last_at or 0)), len(frames))
    for begin in range(since, len(frames), STEP):
        part: list[Frame] = frames[begin : begin + STEP]
        await ledger.commit(part)
        print("committed", begin + len(part), flush=True)
        if events := restored.pipeline.push(part):
            await ledger.store(events)
        await ledger.keep(restored.pipeline.at, restored.pipeline.snapshot())
    ledger.outbox.close()
    await ledger.close()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
