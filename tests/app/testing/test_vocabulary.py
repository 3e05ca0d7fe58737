"""What can be asked for is what there is."""

import re

from hotzone.app.testing.vocabulary import TYPES
from support.house import ROOT


def test_it_has_every_type_of_event_that_is_documented_and_no_other() -> None:
    table = (ROOT / "docs" / "events.md").read_text("utf-8").partition("## Types")[2].partition("## ")[0]
    assert set(TYPES) == set(re.findall(r"^\| `([a-z.-]+)`", table, re.MULTILINE))
