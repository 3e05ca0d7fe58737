"""Realistic readings without a simulated hall: thermometers of drifting clocks, noisy values and jittering latency, by one seed."""

from random import Random

from hotzone.config.units import MILLISECOND, SECOND
from hotzone.sensors.frame import Frame

START = 1_700_000_000 * SECOND
PERIOD = 10 * SECOND
POSITIONS = ("in-top", "in-middle", "in-bottom", "out-top", "out-middle", "out-bottom")


def readings(*, sensors: int = 240, periods: int = 10, seed: int = 1) -> list[Frame]:
    """What a log holds of so many thermometers, each publishing every 10 s, stamped on arrival; in order, times increasing."""
    random = Random(seed)
    arrived: list[tuple[int, str, bytes]] = []
    for number in range(sensors):
        zone, rack = f"{'ABCD'[number // 6 % 4]}{number // 24 % 9}", f"r{number // 6:03d}"
        topic = f"dc/h1/{zone}/{zone}-{rack}/{POSITIONS[number % 6]}"
        phase, drift, sequence, celsius = random.random() * PERIOD, random.gauss(0, 2e-5), random.randrange(100_000), random.gauss(23, 1.5)
        for period in range(periods):
            measured = START + round(phase + period * PERIOD * (1 + drift) + random.gauss(0, 3) * MILLISECOND)
            celsius += random.gauss(0, 0.02)
            value = round(celsius + random.gauss(0, 0.03), 2)
            text = f'{{"value":{value},"unit":"C","time":{measured // MILLISECOND},"sequence":{sequence + period}}}'
            arrived.append((measured + round((1 + random.expovariate(0.5)) * MILLISECOND), topic, text.encode()))
    frames: list[Frame] = []
    last = 0
    for at, topic, payload in sorted(arrived):
        last = max(at, last + 1)
        frames.append(Frame(last, topic, payload))
    return frames
