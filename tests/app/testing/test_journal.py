"""Questions to a journal, and how it says no."""

import hashlib

import pytest

from hotzone.app.testing import SECOND, Journal, NoSuchEvent, replay
from hotzone.pipeline import ZoneCondition

HEAT = "0s A1/r1=24 A1/r2=24 20s A1=33 60s A1=24 90s"


@pytest.fixture(scope="module")
def journal() -> Journal:
    return replay(HEAT)


def test_a_hot_zone_is_told_when_two_inlets_agree(journal: Journal) -> None:
    raised = journal.first("alarm.raised", zone="A1", rule="high")
    assert round((raised.at - journal.start) / SECOND) == 25
    assert raised.value == 33
    assert journal.first("alarm.cleared", rule="high", after=raised.at).at > raised.at


def test_first_matches_by_value_and_by_function(journal: Journal) -> None:
    assert journal.first("zone.state", state="hot").state is ZoneCondition.HOT
    assert journal.first("zone.state", value=lambda celsius: celsius > 30).value == 33


def test_all_gives_every_one_and_an_empty_list_for_none(journal: Journal) -> None:
    assert [event.zone for event in journal.all("alarm.raised")] == ["A1", "A1"]
    assert journal.all("alarm.raised", zone="B") == []


def test_a_field_that_the_event_does_not_have_matches_nothing(journal: Journal) -> None:
    assert journal.all("zone.state", colour="red") == []


def test_a_missing_event_is_an_assertion_error_that_shows_those_of_its_type(journal: Journal) -> None:
    with pytest.raises(NoSuchEvent) as caught:
        journal.first("alarm.raised", zone="A1", rule="rise")
    text = str(caught.value)
    assert isinstance(caught.value, AssertionError)
    assert text.startswith("the journal has no alarm.raised zone='A1' rule='rise'; of this type it has 2:")
    assert "25.000 s  alarm.raised       A1 high" in text


def test_a_missing_type_shows_what_there_is_instead(journal: Journal) -> None:
    with pytest.raises(NoSuchEvent, match=r"none of its \d+ events is of this type:(.|\n)*zone\.state"):
        journal.note("fault")


def test_a_long_journal_is_shown_in_part() -> None:
    long = Journal(replay(HEAT).events * 20, 0)
    with pytest.raises(NoSuchEvent) as caught:
        long.note("fault")
    assert len(str(caught.value).splitlines()) == 31


def test_an_empty_journal_says_so() -> None:
    with pytest.raises(NoSuchEvent, match="it is empty"):
        Journal([], 0).first("alarm.raised")


def test_the_sum_is_that_of_the_journal_file(journal: Journal) -> None:
    assert journal.sha256 == hashlib.sha256(b"".join(line + b"\n" for line in journal.lines)).hexdigest()
    assert journal.sha256 == replay(HEAT).sha256
    assert journal.sha256 != replay(HEAT.replace("33", "33.1")).sha256
