"""Whom we page, and for what. The readings are a timeline in text; the site file is the real one (`hotzone_site` in pyproject.toml)."""

import pytest
from servers import Gateway

from hotzone.app.testing import Replay, configured
from hotzone.handlers import GiveUp, RetryAfter

HEAT = """
    0s    north=24 south=24
    2m    north=34
    5m    north=24
    12m
"""


def test_duty_is_paged_when_a_row_is_hot_and_when_it_is_not_any_more(replay: Replay, gateway: Gateway) -> None:
    journal = replay(HEAT, handlers=[configured("pager", gateway=gateway.url)])
    assert journal.order("alarm.raised", "alarm.cleared")
    texts = [page["text"] for page in gateway.pages]
    assert "serverroom: high in north began" in texts
    assert "serverroom: high in north is over" in texts
    assert {tuple(page["to"]) for page in gateway.pages} == {("facility-desk",)}


def test_nobody_is_paged_for_what_is_only_warm(replay: Replay, gateway: Gateway) -> None:
    journal = replay("0s north=24 south=24 2m north=27.8 4m", handlers=[configured("pager", gateway=gateway.url)])
    assert journal.first("alarm.raised", zone="north", rule="warm").priority == "medium"
    assert not [page for page in gateway.pages if "warm" in page["text"]]


@pytest.mark.parametrize(("status", "outcome"), [(503, RetryAfter), (400, GiveUp)])
def test_a_gateway_that_is_busy_gets_the_page_again_and_one_that_refuses_it_does_not(
    replay: Replay, gateway: Gateway, status: int, outcome: type[Exception]
) -> None:
    gateway.answer = status
    with pytest.raises(outcome):
        replay(HEAT, handlers=[configured("pager", gateway=gateway.url)])
    assert len(gateway.pages) == 1


def test_each_page_has_an_id_of_its_own(replay: Replay, gateway: Gateway) -> None:
    journal = replay(HEAT, handlers=[configured("pager", gateway=gateway.url)])
    ids = [page["id"] for page in gateway.pages]
    assert ids == [event.id for event in journal.told["pager"]]
    assert len(set(ids)) == len(ids)
