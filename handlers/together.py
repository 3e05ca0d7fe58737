"""Alarms told together to one handler: what waits in its outbox becomes notices, by the rules of its table `group`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..config.service import Grouping
from ..config.units import SECOND
from ..pipeline.grouping import Grouper
from ..pipeline.timeline import NEVER
from .contract import Delivery
from .outbox import is_urgent

WINDOW = 10_000
"""Deliveries that are looked at, whatever `queue` says: what waits to be told together must not hide what is critical."""


class Telling(NamedTuple):
    """One call of the handler, and the deliveries that it settles; none for a repetition."""

    delivery: Delivery
    settles: tuple[Delivery, ...]


class Together:
    """Over the deliveries of one handler; they stay in the outbox until the notice that covers them was taken, so a crash loses none."""

    def __init__(self, handler: str, rules: Grouping, site: str, now: Callable[[], int]) -> None:
        self._handler = handler
        self._grouper = Grouper(rules, site)
        self._now = now
        self._waiting: dict[str, Delivery] = {}
        self._due: list[Telling] = []
        """What is to be called, and has not been."""

    def tellings(self, deliveries: Sequence[Delivery]) -> list[Telling]:
        """Take what is new among the deliveries, oldest first; what is to be called now, critical alarms first."""
        now = self._now()
        for one in sorted(deliveries, key=lambda one: one.event.at):
            if one.id not in self._waiting:
                self._waiting[one.id] = one
                self._grouper.take(one.id, one.event, now)
        notices = self._grouper.advance(now)
        self._due += [
            Telling(Delivery(notice.event.id, self._handler, notice.event), tuple(self._waiting[one] for one in notice.covers))
            for notice in notices
        ]
        self._due.sort(key=lambda one: not is_urgent(one.delivery.event))
        return self._due.copy()

    def settled(self, telling: Telling) -> None:
        """The telling has come to its end."""
        self._due.remove(telling)
        for one in telling.settles:
            self._waiting.pop(one.id, None)

    def wait_s(self, most: float) -> float:
        """Seconds until there will be something, at most `most`."""
        due = self._grouper.due
        return most if due == NEVER else min(most, max(0.0, (due - self._now()) / SECOND))
