"""A try of a handler: what came of it, and what was not tried."""

from pathlib import Path

import pytest

from hotzone.app.errors import UserError
from hotzone.app.handling import tried

SITE = """
name = "test"
handlers_folder = "."
[halls.h.zones.A1.racks.r1]
[handlers.home-assistant]
"""
HANDLERS = """
from hotzone.handlers import handler

@handler(alarms=True)
def ask(event, ctx):
    ctx.request_cooling(event.zone, 80, event.at)

@handler(alarms=True)
async def refuse(event, ctx):
    raise ValueError("no such number")

@handler(alarms=True)
class Phones:
    def __init__(self):
        self.receivers = {"day": lambda event, ctx: None, "night": refuse}
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(HANDLERS)
    (tmp_path / "site.toml").write_text(SITE)
    return str(tmp_path / "site.toml")


def test_what_a_handler_was_given_and_asked_for_is_told(site: str) -> None:
    event, asked, took = tried("ask", site).splitlines()
    assert '"rule":"sample"' in event
    assert asked == "it asked for 80 % in A1; not sent"
    assert took.startswith("ask took it in ")


def test_what_it_raises_is_told(site: str) -> None:
    with pytest.raises(UserError, match="refuse failed: ValueError: no such number"):
        tried("refuse", site)


def test_one_with_several_receivers_is_tried_with_each(site: str) -> None:
    with pytest.raises(UserError, match=r"^Phones/night failed: ValueError: no such number$"):
        tried("Phones", site)


def test_one_that_works_in_the_background_is_not_said_to_have_been_tried(site: str) -> None:
    assert tried("home-assistant", site).splitlines()[-1] == "what it does in the background, beside being told, was not tried"
