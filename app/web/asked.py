"""What operators may ask for over HTTP."""

from typing import Final

from msgspec import Struct

ALARM_ACTIONS: Final = ("acknowledge", "reset", "shelve", "unshelve", "service", "return")
UNIT_ACTIONS: Final = ("override", "release")
HALL_ACTIONS: Final = ("maintenance", "resume")


class Asked(Struct, forbid_unknown_fields=True):
    """The body of an action: who, why, until when (log time, ns), and percent for `override`."""

    by: str
    reason: str | None = None
    until: int | None = None
    value: float | None = None


class Moved(Struct, forbid_unknown_fields=True):
    """What to do with a recording that is shown; what is left out stays. `rate` is recorded seconds a wall second."""

    at: int | None = None
    rate: float | None = None
    playing: bool | None = None
