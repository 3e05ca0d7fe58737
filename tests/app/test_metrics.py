"""What Prometheus is told, and that the documentation says the same."""

import re
from pathlib import Path

from hotzone.app.metrics import CATALOGUE, Kind, Metrics
from hotzone.config.model import Priority
from hotzone.config.units import MILLISECOND, SECOND
from hotzone.handlers.stats import Outcome, Stats
from hotzone.pipeline import Pipeline, Rejected, ZoneCondition
from support.sites import EPOCH, merged, report, site, start, stream, unit, zone

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def hot_pipeline() -> Pipeline:
    """A pipeline after five minutes of a zone at 40 °C, with one cooling unit that reports 61 %."""
    hot = zone("A1")
    pipeline = Pipeline(site(hot, units=[unit("crac-1", ["A1"])]))
    pipeline.push(merged([start()], stream(hot, 40.0, 0, 300), [report(EPOCH + 200 * SECOND, "crac-1", 61.0)]))
    return pipeline


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_batch_counts_its_frames_and_its_commit_time() -> None:
    metrics = Metrics("1.2.3")
    metrics.observe_commit(frames=500, duration=4 * MILLISECOND)
    metrics.observe_commit(frames=20, duration=2 * SECOND)
    assert sample(metrics, "hotzone_frames_total") == 520
    assert sample(metrics, "hotzone_commit_seconds_count") == 2
    assert sample(metrics, "hotzone_commit_seconds_bucket", le="0.005") == 1
    assert sample(metrics, "hotzone_build", version="1.2.3") == 1


def test_events_and_dead_letters_are_counted_by_what_they_are() -> None:
    metrics = Metrics("1")
    pipeline = hot_pipeline()
    metrics.observe_events(pipeline.push([report(EPOCH + 900 * SECOND, "crac-1", 20.0)]))
    metrics.observe_rejected([Rejected(1, "t", b"x", "not-a-number"), Rejected(2, "t", b"x", "not-a-number")])
    assert sample(metrics, "hotzone_rejected_total", reason="not-a-number") == 2
    assert (sample(metrics, "hotzone_events_total", type="sensor.quality") or 0) >= 4


def test_state_is_read_from_the_pipeline_at_each_scrape() -> None:
    metrics = Metrics("1")
    pipeline = hot_pipeline()
    metrics.watch(pipeline)
    assert sample(metrics, "hotzone_zone_celsius", zone="A1") == 40.0
    assert sample(metrics, "hotzone_zone_state", zone="A1", state="hot") == 1
    assert sample(metrics, "hotzone_zone_state", zone="A1", state="normal") == 0
    assert sample(metrics, "hotzone_zone_demand_percent", zone="A1") == 100
    assert sample(metrics, "hotzone_unit_fan_percent", unit="crac-1") == 61
    assert sample(metrics, "hotzone_unit_command_percent", unit="crac-1") == 100
    assert (sample(metrics, "hotzone_alarms_active", priority="critical") or 0) >= 1


def test_a_zone_without_a_value_has_no_sample_rather_than_a_zero() -> None:
    metrics = Metrics("1")
    metrics.watch(Pipeline(site(zone("A1"))))
    assert sample(metrics, "hotzone_zone_celsius", zone="A1") is None
    assert sample(metrics, "hotzone_zone_state", zone="A1", state="failsafe") == 1
    assert sample(metrics, "hotzone_alarms_active", priority="high") == 0


def test_deliveries_and_queues_are_told_by_handler() -> None:
    metrics = Metrics("1")
    metrics.watch_handler("pager", lambda: Stats(queued=3, open=True, abandoned=2, restarted=1))
    metrics.observe_delivery("pager", Outcome.DELIVERED)
    metrics.observe_delivery("pager", Outcome.DEAD)
    assert sample(metrics, "hotzone_outbox_queue", handler="pager") == 3
    assert sample(metrics, "hotzone_handler_up", handler="pager") == 0
    assert sample(metrics, "hotzone_handler_deliveries_total", handler="pager", outcome="dead") == 1
    assert sample(metrics, "hotzone_handler_abandoned_total", handler="pager") == 2
    assert sample(metrics, "hotzone_handler_restarted_total", handler="pager") == 1


def test_everything_told_is_in_the_catalogue_and_the_other_way_round() -> None:
    metrics = Metrics("1")
    metrics.watch(hot_pipeline())
    metrics.watch_repeats(lambda: 7)
    assert sample(metrics, "hotzone_repeated_total") == 7
    assert {family.name for family in metrics.registry.collect()} == {entry.name for entry in CATALOGUE}
    assert not [entry.name for entry in CATALOGUE if "sensor" in entry.labels], "a hall has thousands of thermometers"


def test_the_documentation_has_the_same_rows() -> None:
    rows = re.findall(
        r"^\| `(hotzone_\w+)` \| (\w+) \| (.*?) ?\| (.*?) \|$", DOCUMENT.read_text("utf-8").partition("## The room")[0], re.MULTILINE
    )
    expected = [
        (
            entry.name + ("_total" if entry.kind is Kind.COUNTER else ""),
            entry.kind.value,
            ", ".join(f"`{label}`" for label in entry.labels),
            entry.help,
        )
        for entry in CATALOGUE
    ]
    assert rows == expected


def test_the_documentation_names_every_value_of_the_closed_labels() -> None:
    text = " ".join(DOCUMENT.read_text("utf-8").split())
    for label, values in (("state", ZoneCondition), ("priority", Priority), ("outcome", Outcome)):
        assert f"`{label}` is one of " in text or f"`{label}` one of " in text
        assert ", ".join(value.value for value in values) in text
