"""Samples to try handlers with."""

import re

import pytest

from hotzone.handlers import Subscription
from hotzone.handlers.sample import CAUSE, sample
from support.house import ROOT
from support.sites import site, unit

TYPES = re.findall(
    r"^\| `([a-z]+(?:\.[a-z-]+)?)` \|", (ROOT / "docs" / "events.md").read_text("utf-8").partition("## Fields")[0], re.MULTILINE
)


@pytest.mark.parametrize("kind", TYPES)
def test_there_is_a_sample_of(kind: str) -> None:
    for where in (site(), site(units=[unit("crac-1", ["A1"])])):
        event = sample(where, Subscription(events=kind), 7)
        assert (event.type, event.at, event.cause) == (kind, 7, CAUSE)


def test_the_list_of_types_was_found() -> None:
    assert len(TYPES) > 15


def test_a_handler_that_wants_what_there_is_not_gets_an_alarm() -> None:
    assert sample(site(), Subscription(events="no.such"), 7).type == "alarm.raised"
