"""What was measured, kept in `results.json` by name of the benchmark: one that was measured again takes the place of what was there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import json

from .measured import Result

RESULTS: Final = Path(__file__).with_name("results.json")


def known(path: Path = RESULTS) -> dict[str, Result]:
    """What is kept."""
    return json.decode(path.read_bytes(), type=dict[str, Result]) if path.exists() else {}


def keep(found: Mapping[str, Result], order: Mapping[str, object], path: Path = RESULTS) -> dict[str, Result]:
    """Keep what was found beside what is there, in the order of the table; what is not in the table any more goes. All of it is returned."""
    every = known(path) | found
    kept = {name: every[name] for name in order if name in every}
    path.write_bytes(json.format(json.encode(kept), indent=2) + b"\n")
    return kept
