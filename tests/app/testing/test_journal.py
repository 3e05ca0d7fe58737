"""Questions to a journal, and how it says no."""

import hashlib

import pytest

from hotzone.app.testing import EPOCH, SECOND, Journal, Misspelt, NoSuchEvent, OutOfOrder, TooMany, expect, replay, simulate
from hotzone.pipeline import NoteEvent, ZoneCondition, ZoneEvent

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
    assert journal.all("alarm.raised", rule="critical") == []


def test_a_tuple_matches_any_of_its_values_and_a_pattern_several_types(journal: Journal) -> None:
    assert len(journal.all("zone.state", state=("warm", "hot"))) == 2
    assert [event.type for event in journal.all("alarm.*", rule="high")] == ["alarm.raised", "alarm.cleared"]


def test_after_an_event_is_what_comes_after_it_though_at_the_same_instant(journal: Journal) -> None:
    raised = journal.first("alarm.raised", rule="high")
    hot = journal.first("zone.state", after=raised, state="hot")
    assert hot.at == raised.at
    with pytest.raises(NoSuchEvent):
        journal.first("zone.state", after=raised.at, state="hot")


def test_within_counts_from_after_or_from_the_beginning(journal: Journal) -> None:
    assert journal.first("alarm.raised", within=26 * SECOND).rule == "warm"
    raised = journal.first("alarm.raised", rule="high")
    assert journal.first("alarm.cleared", rule="high", after=raised, within=60 * SECOND)
    with pytest.raises(NoSuchEvent, match=r"within 5 s after alarm.raised at 25\.000 s\nnearest:\n.*alarm.cleared A1 high: .* s too late"):
        journal.first("alarm.cleared", rule="high", after=raised, within=5 * SECOND)


def test_one_is_the_only_one(journal: Journal) -> None:
    assert journal.one("alarm.raised", rule="high").priority == "high"
    with pytest.raises(TooMany, match=r"one alarm.raised was expected, and there are 2:\n  25\.000 s alarm.raised A1 warm"):
        journal.one("alarm.raised")
    with pytest.raises(NoSuchEvent):
        journal.one("alarm.raised", rule="critical")


def test_none_lists_what_there_is(journal: Journal) -> None:
    assert journal.none("alarm.raised", rule="critical")
    assert journal.none("alarm.raised", within=20 * SECOND)
    with pytest.raises(
        TooMany, match=r"no alarm.raised with rule='high' was expected, and there is one:(.|\n)*\n> +25\.000 s  alarm.raised"
    ):
        journal.none("alarm.raised", rule="high")


def test_order_gives_the_events_and_says_which_is_not_there(journal: Journal) -> None:
    raised, _, cleared = journal.order(expect("alarm.raised", rule="high"), "zone.state", expect("alarm.cleared", rule="high"))
    assert raised.at < cleared.at
    with pytest.raises(OutOfOrder) as caught:
        journal.order("alarm.cleared", "alarm.raised", "run.ended")
    text = str(caught.value)
    assert text.startswith("2 of 3 is not there in order: alarm.raised\n  1. alarm.cleared: ")
    assert "  2. alarm.raised: missing\n  3. run.ended: ?\nit comes before: 25.000 s alarm.raised A1 high" in text


def test_values_are_those_of_one_field(journal: Journal) -> None:
    assert journal.values("alarm.raised", rule="high") == [33.0]
    assert journal.values("zone.state", "state", within=30 * SECOND) == ["normal", "warm", "hot"]


@pytest.mark.parametrize(
    ("event_type", "match", "said"),
    [
        ("alarm.rased", {}, "'alarm.rased' is no type of event: did you mean 'alarm.raised'"),
        ("alarms.*", {}, "is no type of event"),
        ("alarm.raised", {"zon": "A1"}, "'zon' is no field of alarm.raised: did you mean 'zone'"),
        ("note", {"priority": "high"}, "'priority' is no field of note"),
        ("zone.state", {"state": "hott"}, "'hott' is no state of zone.state: did you mean 'hot'"),
        ("zone.state", {"state": ("hot", "failsave")}, "'failsave' is no state of zone.state: did you mean 'failsafe'"),
        ("alarm.raised", {"zone": ("A1", "A2")}, "'A2' is no zone of the site: expected A1"),
        ("alarm.raised", {"priority": "hihg"}, "did you mean 'high'"),
        ("alarm.raised", {"zone": "A2"}, "'A2' is no zone of the site: expected A1"),
        ("alarm.raised", {"rule": "hihg"}, "'hihg' is no rule of the site: did you mean 'high'"),
    ],
)
def test_what_no_journal_could_have_is_told_as_misspelt_even_to_none(
    journal: Journal, event_type: str, match: dict[str, object], said: str
) -> None:
    with pytest.raises(Misspelt, match=said):
        journal.none(event_type, **match)
    with pytest.raises(Misspelt, match=said):
        journal.order(expect(event_type, **match))


def test_a_missing_event_shows_the_nearest_and_what_differs() -> None:
    journal = replay("0s A1/r1=24 A2/r1=24 20s A2=36 31s A1=28 60s")
    with pytest.raises(NoSuchEvent) as caught:
        journal.first("alarm.raised", zone="A1", rule="critical")
    text = str(caught.value)
    assert isinstance(caught.value, AssertionError)
    assert text.startswith("no alarm.raised with zone='A1', rule='critical'\nnearest:\n")
    assert "20.000 s alarm.raised A2 critical: zone is 'A2'" in text
    assert "alarm.raised A1 warm: rule is 'warm'" in text
    assert "\n>     20.000 s  alarm.raised      A2 critical" in text


def test_times_are_told_by_the_last_fault() -> None:
    at = EPOCH
    events = [
        NoteEvent(at=at, type="note", kind="fault", text="crac-1 fails", target="crac-1", happened_at=at),
        ZoneEvent(at=at + 31 * SECOND, type="zone.state", zone="A1", state=ZoneCondition.HOT, previous=ZoneCondition.WARM),
    ]
    journal = Journal(events, at)
    with pytest.raises(
        NoSuchEvent, match=r"31\.000 s zone\.state A1, 31 s after fault crac-1: 1 s too late(.|\n)*30\.000 s it was wanted until here"
    ):
        journal.first("zone.state", zone="A1", after=journal.note("fault"), within=30 * SECOND)


def test_a_missing_type_shows_what_there_is_instead(journal: Journal) -> None:
    with pytest.raises(NoSuchEvent, match=r"no event of this type; there are 1 run.started, (.|\n)*zone\.state"):
        journal.note("fault")


def test_a_long_journal_is_shown_in_part_and_what_is_many_is_counted() -> None:
    long = Journal(replay(HEAT).events * 20, 0)
    with pytest.raises(NoSuchEvent) as caught:
        long.note("fault")
    assert len(str(caught.value).splitlines()) == 17
    hall = simulate("demo", for_="2m", seed=1)
    with pytest.raises(NoSuchEvent, match=r"\n +\.\.\. \d+ cooling.demand, \d+ cooling.command\n"):
        hall.note("fault")


def test_an_empty_journal_says_so() -> None:
    with pytest.raises(NoSuchEvent, match="; the journal is empty"):
        Journal([], 0).first("alarm.raised")


def test_equal_runs_are_equal_journals(journal: Journal) -> None:
    assert journal == replay(HEAT)
    assert hash(journal) == hash(replay(HEAT))
    assert journal != replay(HEAT.replace("33", "33.1"))


def test_the_sum_is_that_of_the_journal_file(journal: Journal) -> None:
    assert journal.sha256 == hashlib.sha256(b"".join(line + b"\n" for line in journal.lines)).hexdigest()
    assert journal.sha256 == replay(HEAT).sha256
    assert journal.sha256 != replay(HEAT.replace("33", "33.1")).sha256
