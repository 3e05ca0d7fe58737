"""The reading: one temperature from one thermometer, and how far to believe it."""

from enum import StrEnum

from msgspec import Struct


class Quality(StrEnum):
    """How far to believe a reading (the four grades that OPC UA and ISA-18.2 systems use)."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"


class Reading(Struct, frozen=True, gc=False):
    """One temperature. `measured_at` is the thermometer's time, `at` the log's; both ns since the epoch."""

    sensor: str
    zone: str
    celsius: float
    measured_at: int
    at: int
    quality: Quality = Quality.GOOD
    sequence: int | None = None
