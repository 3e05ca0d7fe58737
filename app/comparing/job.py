"""What one process is asked to do, and what it answers; both travel as JSON."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ...pipeline.styles import Style


class Scene(StrEnum):
    """What a style is put through."""

    FLAT_OUT = "flat-out"
    """Every frame as soon as the style takes it."""
    PACED = "paced"
    """Frames at a rate that every style can keep, each batch at its time."""
    SLOW = "slow handler"
    """Paced, and twice a second an event that a plain handler takes 200 ms over."""
    SLOW_ASYNC = "slow async handler"
    """The same with a handler that awaits 200 ms."""
    RAISING = "raising handler"
    """Paced, with a handler that raises over each of those events."""
    BURST = "burst"
    """Paced, and once 10,000 readings at one moment."""
    BROKER = "broker"
    """Every frame through a broker at QoS 1, committed before it is acknowledged, as fast as that goes."""
    STOP = "stop"
    """Paced, and told to stop at a moment drawn from the round."""


SLOW_S: Final = 0.2
PAGE_EVERY_S: Final = 0.5
"""Between two events that the handler is for."""
BURST: Final = 10_000
PACED_S: Final = 2.0
"""Wall time of a paced scene."""


class Job(Struct, frozen=True, kw_only=True):
    """One style in one scene."""

    style: Style
    scene: Scene
    recording: str
    since: int | None = None
    """Begin behind the snapshot at or before this time, ns; at the beginning without it."""
    readings: int = 200_000
    """Frames, at most."""
    rate: float = 0.0
    """Frames a second, where the scene is paced."""
    round: int = 0
    workers: int | None = None
    broker: str | None = None
    """Of the broker scene: its URL."""
    base: str = ""
    """Of the broker scene: the topics are under it."""


class Latency(Struct, frozen=True):
    """From the moment at which a frame was there to its event in the journal, ms."""

    n: int
    p50: float
    p99: float
    worst: float


class Outcome(Struct, frozen=True, kw_only=True):
    """What one process measured of itself."""

    style: Style
    scene: Scene
    round: int
    frames: int
    seconds: float
    """Wall time from the first frame to the last event."""
    cpu: float
    """CPU seconds, all threads."""
    memory: float
    """MiB above what the process held before the first frame."""
    threads: int
    """Most at one time."""
    switches: int
    """Context switches."""
    digest: str
    """SHA-256 of the journal."""
    latency: Latency | None = None
    handed: int = 0
    handled: int = 0
    failed: int = 0
    left: int = 0
    stop: float | None = None
    """Seconds from being told to stop until everything was told and nothing was left."""
    lost: int = 0
    """Markers that were taken from the source and never told."""
    leaked: tuple[str, ...] = ()
    """Threads, tasks and open files that are left at the end."""
