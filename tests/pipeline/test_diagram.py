"""The drawing in the documentation is that of the table."""

from hotzone.pipeline.alarms import TABLE
from hotzone.pipeline.diagram import drawing, listing, written
from hotzone.pipeline.operating import NEEDS, Fault
from support.house import ROOT

PAGE = (ROOT / "docs" / "alarms.md").read_text("utf-8")


def test_the_page_is_fresh() -> None:
    assert written(PAGE) == PAGE, "run `make docs`"
    assert drawing() in PAGE


def test_every_transition_is_listed() -> None:
    assert listing().count("\n| ") == len(TABLE)


def test_every_action_and_every_reason_is_documented() -> None:
    assert [name for name in (*NEEDS, *Fault) if f"| `{name}` |" not in PAGE] == []
