"""Count how often each thermometer was doubted, to find the ones to replace."""

from collections import Counter

from hotzone.handlers import Context, handler
from hotzone.pipeline import SensorEvent

doubts: Counter[str] = Counter()


@handler(events="sensor.quality")
def count_doubts(event: SensorEvent, ctx: Context) -> None:
    if event.quality != "good":
        doubts[event.sensor] += 1
        ctx.log.info("doubted", sensor=event.sensor, times=doubts[event.sensor])
