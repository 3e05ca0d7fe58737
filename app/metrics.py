"""What hotzone tells Prometheus about itself: a fixed catalogue, labelled by zone, unit, handler or reason and never by thermometer.

Nothing here is called for a single reading. Counters take whole batches; the state of zones, units and alarms is read when somebody
scrapes. All methods belong to the event loop that runs the pipeline.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..config.model import Priority
from ..config.units import SECOND
from ..handlers.stats import Outcome, Stats
from ..pipeline import Event, Pipeline, Rejected, ZoneCondition
from ..pipeline.alarms import STANDING


class Kind(StrEnum):
    """What a number does: only rises, moves, or is spread over buckets."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Entry(NamedTuple):
    """One metric of the catalogue. A counter's samples end in `_total`, which `name` leaves out."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


CATALOGUE: Final = (
    Entry("hotzone_build", Kind.GAUGE, "Always 1; the label says which version runs.", ("version",)),
    Entry("hotzone_frames", Kind.COUNTER, "Frames committed to the log: readings, reports and what hotzone itself notes."),
    Entry("hotzone_rejected", Kind.COUNTER, "Messages that say nothing we can use, by reason.", ("reason",)),
    Entry("hotzone_repeated", Kind.COUNTER, "Readings that came again and were left out, as the log has them."),
    Entry("hotzone_ignored", Kind.COUNTER, "Readings that changed nothing, by zone and reason.", ("zone", "reason")),
    Entry("hotzone_events", Kind.COUNTER, "Events that the pipeline found, by type.", ("type",)),
    Entry("hotzone_zone_celsius", Kind.GAUGE, "The zone's value, from the inlets that can be believed.", ("zone",)),
    Entry("hotzone_zone_state", Kind.GAUGE, "1 for the state that the zone is in, 0 for the others.", ("zone", "state")),
    Entry("hotzone_zone_demand_percent", Kind.GAUGE, "The cooling that the zone asks for.", ("zone",)),
    Entry("hotzone_alarms_active", Kind.GAUGE, "Alarms that stand, by priority.", ("priority",)),
    Entry("hotzone_unit_command_percent", Kind.GAUGE, "The fan speed last commanded.", ("unit",)),
    Entry("hotzone_unit_fan_percent", Kind.GAUGE, "The fan speed last reported by the unit.", ("unit",)),
    Entry("hotzone_link_up", Kind.GAUGE, "Whether the broker is connected and our subscriptions stand."),
    Entry("hotzone_commit_seconds", Kind.HISTOGRAM, "Time to write a batch of frames safely to disk."),
    Entry("hotzone_outbox_queue", Kind.GAUGE, "Events that wait for delivery, by handler.", ("handler",)),
    Entry(
        "hotzone_handler_up",
        Kind.GAUGE,
        "Whether a handler is called: 0 after failures in a row, or when it asked to be left alone.",
        ("handler",),
    ),
    Entry("hotzone_handler_deliveries", Kind.COUNTER, "Deliveries, by handler and outcome.", ("handler", "outcome")),
    Entry("hotzone_handler_abandoned", Kind.COUNTER, "Calls of a handler that did not come back in time.", ("handler",)),
    Entry("hotzone_handler_restarted", Kind.COUNTER, "Times that a handler's background work failed and was begun again.", ("handler",)),
    Entry("hotzone_loop_lag_seconds", Kind.GAUGE, "How late the event loop was at worst of late."),
)
"""Every metric there is; `docs/metrics.md` has the same rows."""

_BY_NAME: Final = {entry.name: entry for entry in CATALOGUE}
_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The registry of one running hotzone. Make one, `watch` the pipeline, and tell it of each batch."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._frames = self._counter("hotzone_frames")
        self._rejected = self._counter("hotzone_rejected")
        self._events = self._counter("hotzone_events")
        self._deliveries = self._counter("hotzone_handler_deliveries")
        self._link = self._gauge("hotzone_link_up")
        self._lag = self._gauge("hotzone_loop_lag_seconds")
        entry = _BY_NAME["hotzone_commit_seconds"]
        self._commit = Histogram(entry.name, entry.help, buckets=_BUCKETS, registry=self.registry)
        self._gauge("hotzone_build").labels(version).set(1)
        self._handlers: dict[str, Callable[[], Stats]] = {}
        self.registry.register(_Handlers(self._handlers))

    def _counter(self, name: str) -> Counter:
        entry = _BY_NAME[name]
        return Counter(entry.name, entry.help, entry.labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        entry = _BY_NAME[name]
        return Gauge(entry.name, entry.help, entry.labels, registry=self.registry)

    def watch(self, pipeline: Pipeline) -> None:
        """Read zones, units and alarms from this pipeline at each scrape. Call it once."""
        self.registry.register(_State(pipeline))

    def observe_commit(self, frames: int, duration: int) -> None:
        """A batch of `frames` was committed in `duration` ns of wall time."""
        self._frames.inc(frames)
        self._commit.observe(duration / SECOND)

    def observe_events(self, events: Sequence[Event]) -> None:
        """The pipeline found these."""
        for kind, count in Tally(event.type for event in events).items():
            self._events.labels(kind).inc(count)

    def observe_rejected(self, rejected: Iterable[Rejected]) -> None:
        """These messages became dead letters."""
        for reason, count in Tally(one.reason for one in rejected).items():
            self._rejected.labels(reason).inc(count)

    def observe_delivery(self, handler: str, outcome: Outcome) -> None:
        """One delivery to `handler` ended so."""
        self._deliveries.labels(handler, outcome).inc()

    def watch_handler(self, handler: str, stats: Callable[[], Stats]) -> None:
        """Ask at each scrape how `handler` does."""
        self._handlers[handler] = stats

    def watch_repeats(self, dropped: Callable[[], int]) -> None:
        """Ask at each scrape how many readings came again. Call it once."""
        self.registry.register(_Repeats(dropped))

    def set_link(self, *, up: bool) -> None:
        """Say whether the broker is connected and our subscriptions stand."""
        self._link.set(up)

    def set_loop_lag(self, seconds: float) -> None:
        """Say how late the event loop was at worst of late."""
        self._lag.set(seconds)

    @property
    def commit_ms(self) -> float | None:
        """The mean wall time of a commit."""
        count, total = (self.registry.get_sample_value(f"hotzone_commit_seconds_{what}") or 0.0 for what in ("count", "sum"))
        return round(total / count * 1000, 2) if count else None

    def rejected(self) -> dict[str, int]:
        """Dead letters by reason."""
        samples = (sample for metric in self._rejected.collect() for sample in metric.samples if sample.name.endswith("_total"))
        return {sample.labels["reason"]: int(sample.value) for sample in samples}

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Repeats(Collector):
    """Asks for a count at each scrape."""

    def __init__(self, dropped: Callable[[], int]) -> None:
        self._dropped = dropped

    def describe(self) -> Iterable[Metric]:
        """Nothing: the name is in the catalogue."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield _counters("hotzone_repeated", {(): self._dropped()})


class _Handlers(Collector):
    """Asks how each handler does at each scrape."""

    def __init__(self, handlers: Mapping[str, Callable[[], Stats]]) -> None:
        self._handlers = handlers

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are in the catalogue."""
        return ()

    def collect(self) -> Iterator[Metric]:
        known = {(name,): stats() for name, stats in self._handlers.items()}
        yield _gauges("hotzone_outbox_queue", {labels: one.queued for labels, one in known.items()})
        yield _gauges("hotzone_handler_up", {labels: float(one.called) for labels, one in known.items()})
        yield _counters("hotzone_handler_abandoned", {labels: one.abandoned for labels, one in known.items()})
        yield _counters("hotzone_handler_restarted", {labels: one.restarted for labels, one in known.items()})


class _State(Collector):
    """Reads the pipeline's state at each scrape."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are in the catalogue, and the state need not be read to register."""
        return ()

    def collect(self) -> Iterator[Metric]:
        zones, units = self._pipeline.zones, self._pipeline.units
        yield _gauges("hotzone_zone_celsius", {(name,): zone.value for name, zone in zones.items()})
        yield _gauges(
            "hotzone_zone_state", {(name, state): float(zone.condition is state) for name, zone in zones.items() for state in ZoneCondition}
        )
        yield _gauges("hotzone_zone_demand_percent", {(name,): zone.demand.told for name, zone in zones.items()})
        standing = Tally(record.priority for record in self._pipeline.hall.alarms.values() if record.state in STANDING)
        yield _gauges("hotzone_alarms_active", {(priority,): float(standing[priority]) for priority in Priority})
        yield _gauges("hotzone_unit_command_percent", {(name,): unit.commanded for name, unit in units.items()})
        yield _gauges("hotzone_unit_fan_percent", {(name,): unit.fan for name, unit in units.items()})
        yield _counters(
            "hotzone_ignored", {(name, reason): count for name, zone in zones.items() for reason, count in zone.ignored.items()}
        )


def _gauges(name: str, values: Mapping[tuple[str, ...], float | None]) -> Metric:
    """One gauge with a sample for each value that is known."""
    entry = _BY_NAME[name]
    family = GaugeMetricFamily(entry.name, entry.help, labels=entry.labels)
    for labels, value in values.items():
        if value is not None:
            family.add_metric(labels, value)
    return family


def _counters(name: str, counts: Mapping[tuple[str, ...], int]) -> Metric:
    """One counter with a sample for each count."""
    entry = _BY_NAME[name]
    family = CounterMetricFamily(entry.name, entry.help, labels=entry.labels)
    for labels, count in counts.items():
        family.add_metric(labels, count)
    return family
