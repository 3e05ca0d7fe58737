"""What really happened once, and must be seen as well tomorrow: recordings, found by name in `recorded/`."""

import pytest

from hotzone.app.testing import Journal


@pytest.mark.recording("chiller-trip-*")
def test_a_chiller_trip_is_seen_as_it_was(journal: Journal) -> None:
    assert journal.note("fault").text == "hall chiller-trip"
    assert journal.matches("golden/chiller-trip.jsonl", only=["alarm.*", "zone.*", "note"])


@pytest.mark.recording("chiller-trip-*", handlers=["precool"])
def test_our_handlers_of_today_would_have_answered_it(journal: Journal) -> None:
    first, *_ = journal.requests
    assert first.at_least == 80.0
    assert journal.first("cooling.request", zone=first.zone)
