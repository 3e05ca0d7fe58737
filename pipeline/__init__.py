"""The core: from frames of the log to events, by a pure fold. It knows nothing of MQTT, HTTP, files or asyncio.

`Pipeline` folds a log; `hot_zones(site)` is the same detection as an operator for any observable of readings.
"""

from typing import TYPE_CHECKING

from ..config.on_demand import on_demand
from .events import (
    AlarmEvent,
    AlarmState,
    ConditionEvent,
    CoolingEvent,
    Event,
    HallEvent,
    NoteEvent,
    OperatorEvent,
    RunEvent,
    SensorEvent,
    ZoneCondition,
    ZoneEvent,
    journal_line,
)

if TYPE_CHECKING:
    from .inputs import Rejected
    from .operators.hot_zones import hot_zones
    from .pipeline import Pipeline
    from .scheduler import TimelineScheduler
    from .styles import Deliveries, Flowed, Style
else:  # whoever is told of events needs neither numpy nor reactivex
    __getattr__ = on_demand(
        __name__,
        {
            "Deliveries": "styles",
            "Flowed": "styles",
            "Pipeline": "pipeline",
            "Rejected": "inputs",
            "Style": "styles",
            "TimelineScheduler": "scheduler",
            "hot_zones": "operators",
        },
    )

__all__ = [
    "AlarmEvent",
    "AlarmState",
    "ConditionEvent",
    "CoolingEvent",
    "Deliveries",
    "Event",
    "Flowed",
    "HallEvent",
    "NoteEvent",
    "OperatorEvent",
    "Pipeline",
    "Rejected",
    "RunEvent",
    "SensorEvent",
    "Style",
    "TimelineScheduler",
    "ZoneCondition",
    "ZoneEvent",
    "hot_zones",
    "journal_line",
]
