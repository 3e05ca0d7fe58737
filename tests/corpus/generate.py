"""Writes the corpus: `make corpus`. Whatever is in the files comes from here; a test compares."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from . import cells, configuration, others, own, payloads, protocol, recordings, times, topics
from .lines import HERE, Line, write

CASES: Final = {"bytes": payloads.BYTES, "json": payloads.JSON, "values": payloads.VALUES}
SITE: Final = """\
# The site of the corpus: a thermometer for each line of a file, a second late as it likes and minutes ahead. Written by generate.py.

name = "corpus"

[quality]
period = "10s"
stale_after = "1h"
late_after = "30m"
skew = "10m"
smoothing = "0s"

[http]
port = 0

[layout]
name = "{zone}-{n}"

[halls.h1]
cooling = { count = 1, control = "advise" }

[halls.h1.zones.topics]
sensors = ["in-1"]
racks."cafe.rack" = {}
"""
_ZONE: Final = """
[halls.h1.zones.%s]
sensors = ["in-1"]
layout.count = %d
"""


def numbered(name: str, lines: Iterable[Line]) -> list[Line]:
    """With ids, and on a thermometer of its own each line that names no topic."""
    found = []
    for number, line in enumerate(lines, 1):
        slug = re.sub(r"[^a-z0-9]+", "-", f"{line.entry} {line.id}".lower()).strip("-") or "line"
        topic = f"dc/h1/{name}/{name}-{number}/in-1" if name not in {"topics", "others", "own"} else line.topic
        found.append(replace(line, id=f"{name}.{number:03}-{slug[:60]}", topic=topic))
    return found


def files() -> dict[str, bytes]:
    """Every file by its name."""
    messages = {name: numbered(name, payloads.lines(cases)) for name, cases in CASES.items()}
    messages["times"] = numbered("times", times.lines())
    zones = "".join(_ZONE % (name, len(lines)) for name, lines in messages.items())
    messages["topics"] = numbered("topics", topics.lines())
    messages["others"] = numbered("others", others.lines())
    messages["own"] = numbered("own", own.lines())
    made = {f"{name}.jsonl": write(lines) for name, lines in messages.items()}
    made["cells.jsonl"] = write(cells.lines())
    made["mqtt.jsonl"] = write(protocol.lines())
    made["recordings.jsonl"] = write(recordings.lines())
    made["configuration.jsonl"] = write(configuration.lines())
    made["site.toml"] = (SITE + zones).encode()
    return made


def main(folder: Path = HERE) -> None:
    """Write them."""
    for name, content in files().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
