"""What a run subscribes to."""

from hotzone.app.subscriptions import matches, subscriptions
from hotzone.config import load, shipped
from support.site_text import SMALL, site_of


def test_every_topic_of_a_site_is_taken_by_exactly_one_pattern_and_no_command_by_any() -> None:
    for name in ("demo", "hall-200", "site.example"):
        site = load(shipped(name), secrets=False)
        patterns = subscriptions(site)
        topics = [sensor.topic for sensor in site.sensors] + [
            topic for unit in site.units for topic in (unit.report_topic, unit.state_topic)
        ]
        for topic in topics:
            assert sum(matches(pattern, topic) for pattern in patterns) == 1, topic
        assert [unit.id for unit in site.units if any(matches(pattern, unit.command_topic) for pattern in patterns)] == []
        assert len(patterns) < 200


def test_notes_and_the_halls_clock_are_part_of_it() -> None:
    assert {"hotzone/t/note", "hotzone/t/clock"} <= set(subscriptions(site_of(SMALL)))


def test_a_template_without_the_zone_is_one_pattern() -> None:
    site = site_of(
        'name = "t"\n[topics]\nreading = "sensors/{rack}/{sensor}"\n[halls.h1.zones]\nA1 = { layout.count = 2 }\nB1 = { layout.count = 2 }\n'
    )
    assert subscriptions(site).count("sensors/+/+") == 1


def test_patterns_match_level_by_level() -> None:
    assert matches("dc/+/x", "dc/h/x")
    assert matches("dc/+/x", "dc/+/x")
    assert not matches("dc/h/x", "dc/+/x")
    assert not matches("dc/+", "dc/h/x")
    assert not matches("dc/+", "dc/#")
    assert matches("dc/#", "dc")
    assert matches("dc/#", "dc/+/#")
    assert not matches("#", "$SYS/x")
