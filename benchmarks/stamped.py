"""`hotzone run`, which also writes how long each note waited for its commit, from when it was taken.

    python -m benchmarks.stamped FILE run ...

A line of the file is the number of a note and ns.
"""

import re
import sys
from pathlib import Path
from typing import Final

from hotzone.app import cli
from hotzone.app.intake import Turn
from hotzone.app.runtime import Runtime
from hotzone.sensors.frame import Own

NUMBER: Final = re.compile(rb'"text":"n([0-9]+)\.')


def stamp(path: str) -> None:
    """Put a hook round the stage that commits."""
    file = Path(path).open("ab", buffering=0)  # noqa: SIM115  for as long as the process lives
    commit = Runtime._commit

    async def stamped(self: Runtime, turn: Turn) -> None:
        await commit(self, turn)
        now = self.clock.now()
        for frame in turn.frames:
            if frame.topic == Own.NOTE and (number := NUMBER.search(frame.payload)):
                file.write(b"%s %d\n" % (number[1], now - frame.at))

    Runtime._commit = stamped  # type: ignore[method-assign]  # a hook


if __name__ == "__main__":
    stamp(sys.argv.pop(1))
    cli.main()
