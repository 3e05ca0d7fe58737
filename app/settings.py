"""How a station is to run."""

from pathlib import Path
from typing import Final

from msgspec import Struct

CLOCK_S: Final = 0.5
"""Wall seconds to wait for a simulated hall's clock; a real hall has none."""


class Settings(Struct, frozen=True, kw_only=True):
    """How to run."""

    recording: Path
    journal: Path | None = None
    style: str = "rx"
    """How the stages are wired."""
    clock_s: float = CLOCK_S
    clock_needed: bool = False
    """Whether the run cannot do without a simulated hall's clock."""
    http: bool = True
