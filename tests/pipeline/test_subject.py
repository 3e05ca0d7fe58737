"""What an alarm is about, and the names that follow from it."""

import pytest

from hotzone.config.model import Priority
from hotzone.pipeline.inputs import Condition
from hotzone.pipeline.subject import alarm_id, alarm_key, alarm_of, place_of, raised_at, subject_of

OF_ZONE = Condition(0, "high", active=True, priority=Priority.HIGH, zone="A1", hall="h")
OF_UNIT = Condition(0, "failed", active=True, priority=Priority.HIGH, unit="crac-1", hall="h")
OF_HALL = Condition(0, "cooling-lost", active=True, priority=Priority.HIGH, hall="h")
OF_SITE = Condition(0, "link-lost", active=True, priority=Priority.HIGH)


@pytest.mark.parametrize(("it", "place"), [(OF_ZONE, "A1"), (OF_UNIT, "crac-1"), (OF_HALL, "h"), (OF_SITE, "dc")])
def test_the_nearest_place_names_it(it: Condition, place: str) -> None:
    assert place_of(it, "dc") == place


def test_the_hall_is_part_of_the_key_only_where_there_is_nothing_nearer() -> None:
    assert alarm_of(OF_ZONE) == alarm_key("A1", None, None, "high")
    assert len({alarm_of(it) for it in (OF_ZONE, OF_UNIT, OF_HALL, OF_HALL._replace(hall="i"), OF_SITE)}) == 5


def test_an_id_is_read_as_it_was_made() -> None:
    made = alarm_id("A1", "high", 17)
    assert (*subject_of(made), raised_at(made)) == ("A1", "high", 17)


@pytest.mark.parametrize("text", ["A1-high", "A1:high", "A1:high@", "A1:@17", ":high@17", "A1:high@soon", ""])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no alarm"):
        raised_at(text)
