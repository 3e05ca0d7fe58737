"""What is measured, and what is aimed at. `make bench ONLY=name` measures one."""

from collections.abc import Mapping
from typing import Final

from .measured import Benchmark, Goal
from .measures import in_memory, instructions, latency, listeners, memory, packs, replay, startup, through_broker

BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "e2e-qos0": Benchmark(
        "Readings through Mosquitto with QoS 0, `hotzone run` with everything on",
        "msg/s",
        through_broker.subjects(0),
        (Goal("mosquitto_sub", 0.8), Goal("node-red", 2.0)),
    ),
    "e2e-qos1": Benchmark(
        "The same with QoS 1, each message acknowledged to the broker after its commit",
        "msg/s",
        through_broker.subjects(1),
        (Goal("bare protocol", 0.7), Goal("node-red", 1.5), Goal("paho", 4.0)),
    ),
    "e2e-packs": Benchmark(
        "Packs of 100 readings through Mosquitto with QoS 1, as a JSON array",
        "readings/s",
        packs.SUBJECTS,
        (Goal("", 400_000), Goal("SenML", 400_000)),
    ),
    "in-memory": Benchmark(
        "Decoded readings of 10,000 thermometers in 100 zones through the style rx, without broker and disk",
        "readings/s",
        in_memory.SUBJECTS,
        (Goal("", 400_000), Goal("csp", 1.5), Goal("growth", 1.6, most=True)),
    ),
    "instructions": Benchmark(
        "A message from the bytes of a socket until it is committed, acknowledged and folded, and a reading decoded and folded in memory",
        "instructions",
        instructions.SUBJECTS,
        rounds=2,
        quick=False,
    ),
    "replay-24h": Benchmark(
        "`hotzone replay` of 24 hall-hours of hall-200, a reading each 10 s, on one core",
        "s",
        replay.SUBJECTS,
        (Goal("", 40, most=True), Goal("--jobs 2", 22, most=True), Goal("recording", 12, most=True)),
    ),
    "latency": Benchmark(
        "From a frame to its event at 10,000 msg/s, 99 of 100",
        "ms",
        latency.SUBJECTS,
        (
            Goal("p50 at the rate", 5, most=True),
            Goal("p99 at the rate", 25, most=True),
            Goal("p99 at 80 %", 100, most=True),
            Goal("max at the rate", 100, most=True),
        ),
    ),
    "listeners": Benchmark(
        "The same latency while 200 clients listen to the page's stream of changes, of whom 20 never read",
        "ms",
        listeners.SUBJECTS,
        (Goal("nobody listens", 1.1, most=True),),
    ),
    "memory": Benchmark(
        "What `hotzone run` holds with 100,000 thermometers",
        "MiB",
        memory.SUBJECTS,
        (Goal("", 300, most=True), Goal("slope", 1, most=True)),
    ),
    "startup": Benchmark(
        "`hotzone --help` from its start to its exit",
        "ms",
        startup.SUBJECTS,
        (Goal("", 150, most=True), Goal("import hotzone.handlers", 100, most=True), Goal("demo to first reading", 2, most=True)),
    ),
}
