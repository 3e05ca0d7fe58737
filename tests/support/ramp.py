"""A short log with everything in it that a restart could get wrong: a zone heats up, falls silent and recovers; units follow or do not."""

from hotzone.config.units import SECOND
from hotzone.sensors.frame import Frame
from support.simulated.sites import SITES
from support.sites import reading, report, start

RAMP_SITE = SITES[0]
BEGIN = 1_767_225_600 * SECOND
SENSORS = ("r01/in-top", "r01/in-bottom", "r02/in-top", "r02/in-bottom")
LENGTH_S = 120


def celsius(zone: str, second: float) -> float:
    """A1 is hot from 20 to 60 s; the others rest."""
    if zone != "A1":
        return 24.0
    return 24.0 + 13.0 * min(1.0, max(0.0, (second - 20) / 8)) - 13.0 * min(1.0, max(0.0, (second - 52) / 8))


def ramp() -> list[Frame]:
    """The log of one run, its end included."""
    frames = [start(BEGIN, rate=1.0)]
    number = 0
    for second in range(1, LENGTH_S):
        at = BEGIN + second * SECOND
        for zone in ("A1", "B1", "C1"):
            for place, name in enumerate(SENSORS):
                number += 1
                silent = zone == "C1" and place > 0 and 70 < second < 85
                if second % 2 == place % 2 and not silent:
                    sensor = f"{zone}/{zone}-{name}"
                    frames.append(reading(at + number % 97 * 1000, sensor, celsius(zone, second), number))
        if second % 5 == 0:
            for place, name in enumerate(("crac-1", "crac-2", "crac-3")):
                fan = 20.0 if name == "crac-2" and 30 < second < 60 else 100.0
                frames.append(report(at + 500_000 + place, name, fan, number=1 << 40, mode="remote"))
    frames = sorted(frames, key=lambda frame: frame.at)
    return [
        frame._replace(at=frame.at + place, topic=frame.topic.replace("dc/h/", "dc/h1/"))  # strictly increasing
        for place, frame in enumerate(frames)
    ]
