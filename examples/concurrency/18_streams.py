"""As a stream, what happens is data, and what follows from it is an expression.

The keys of lesson 17 again: one pipe of operators makes states of the zone of them, another makes alarms of those. A wrong key ends the
stream by `on_error`; mended, it is filtered out. A cold stream begins anew for each who subscribes: three who watch are three who press
keys. `share` makes it hot: one run for all, and who comes late misses the beginning. Time is a scheduler that is passed in: with a virtual
one, a quarter of an hour of the hall takes none.
In hotzone: pipeline/operators/hot_zones.py: hot_zones
"""

from typing import NamedTuple

import reactivex as rx
from reactivex import operators as ops
from reactivex.scheduler import VirtualTimeScheduler

KEYS, MINUTE_S = "...+++.x...---..", 60.0


class Zone(NamedTuple):
    fan: int = 40
    celsius: float = 26.0

    def after(self, key: str) -> "Zone":
        return self._replace(celsius=self.celsius + (60 - self.fan) / 50) if key == "." else self._replace(fan=self.fan + int(f"{key}10"))

    def condition(self) -> str:
        return "hot" if self.celsius > 27 else "normal"


def watched(kind: str) -> dict[str, object]:
    hall, wanted, first, late = VirtualTimeScheduler(), KEYS if kind == "careless" else "+-.", list[Zone](), list[Zone]()
    pressed, alarms, errors = list[str](), list[str](), list[Exception]()

    def press(minute: int) -> str:
        pressed.append(KEYS[minute])
        return pressed[-1]

    zones = rx.interval(MINUTE_S, scheduler=hall).pipe(
        ops.take(len(KEYS)),
        ops.map(press),
        ops.filter(wanted.__contains__),
        ops.scan(Zone.after, Zone()),
    )
    if kind == "hot":
        zones = zones.pipe(ops.share())
    zones.subscribe(first.append, errors.append)
    zones.pipe(ops.map(Zone.condition)).pipe(ops.distinct_until_changed()).subscribe(alarms.append, errors.append)
    hall.schedule_absolute(10.5 * MINUTE_S, lambda *_: zones.subscribe(late.append, errors.append))
    hall.start()
    facts = {"pressed": len(pressed), "first saw": len(first), "latecomer saw": len(late), "alarms": alarms, "errors": len(errors)}
    print(f"{kind:8}  {facts}")
    return facts | {"last": first[-1], "hall_s": hall.clock}


def main() -> dict[str, object]:
    return {kind: watched(kind) for kind in ("careless", "cold", "hot")}


if __name__ == "__main__":
    main()
