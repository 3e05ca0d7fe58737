"""`hotzone outbox`: what handlers have not taken is counted, listed, shown, sent again and given up, beside a run or without one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotzone.app.cli import app
from hotzone.app.errors import UserError
from hotzone.app.state_file import state_path
from hotzone.app.undelivered import again, forgotten, listed, summary, told
from hotzone.config.model import Priority
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, GiveUp, Subscription
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.outbox import Outbox
from hotzone.pipeline import AlarmEvent, AlarmState
from support.sites import site
from support.waiting import until

PAGER, TICKETS = "pager", "tickets"


def alarm(at: int) -> AlarmEvent:
    return AlarmEvent(
        at=at, type="alarm.raised", zone="A1", alarm=f"a@{at}", rule="high", priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED
    )


FIRST, SECOND, THIRD = (alarm(at) for at in (1, 2, 3))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Of a run that has ended: the pager refused the first two, and the third waits for both."""
    recording = tmp_path / "recordings"
    outbox = Outbox(state_path(recording), {PAGER: Subscription(alarms=True), TICKETS: Subscription(alarms=True)})
    outbox.insert([FIRST, SECOND, THIRD])
    outbox.settle([(FIRST.id, TICKETS), (SECOND.id, TICKETS)], [(one.id, PAGER, "404 Not\x1b Found") for one in (FIRST, SECOND)])
    outbox.close()
    return recording


def waiting(recording: Path, handler: str) -> list[str]:
    outbox = Outbox(state_path(recording), {})
    found = [one.id for one in outbox.waiting(handler, 100)]
    outbox.close()
    return found


def test_what_waits_and_what_is_dead_is_counted_with_its_reasons(recording: Path) -> None:
    assert list(summary(recording)) == ["pager: 1 waiting, 2 dead", r"  2 times: 404 Not\x1b Found", "tickets: 1 waiting, 0 dead"]


def test_the_receivers_of_a_handler_are_chosen_one_by_one_or_together(tmp_path: Path) -> None:
    names = ["email/a@example.org", "email/b@example.org", "emails"]
    outbox = Outbox(state_path(tmp_path), dict.fromkeys(names, Subscription(alarms=True)))
    outbox.insert([FIRST])
    outbox.close()
    assert list(listed(tmp_path, "email", waiting=True)) == [f"{name} {FIRST.id}" for name in names[:2]]
    assert list(listed(tmp_path, names[1], waiting=True)) == [f"{names[1]} {FIRST.id}"]


def test_dead_letters_are_listed_and_on_request_what_waits(recording: Path) -> None:
    assert list(listed(recording, None, waiting=False)) == [rf"pager {one.id}  404 Not\x1b Found" for one in (FIRST, SECOND)]
    assert list(listed(recording, TICKETS, waiting=True)) == [f"tickets {THIRD.id}"]


def test_one_event_is_shown_whole(recording: Path) -> None:
    lines = list(told(recording, FIRST.id))
    assert lines[0] == r"pager: dead, 404 Not\x1b Found"
    assert json.loads(lines[1])["rule"] == "high"


def test_a_dead_letter_waits_again_and_keeps_its_place(recording: Path) -> None:
    assert again(recording, [SECOND.id], None) == 1
    assert waiting(recording, PAGER) == [SECOND.id, THIRD.id]
    assert again(recording, (), PAGER) == 1
    assert waiting(recording, PAGER) == [FIRST.id, SECOND.id, THIRD.id]


def test_what_is_given_up_is_gone_and_does_not_come_back(recording: Path) -> None:
    assert forgotten(recording, (), PAGER) == 3
    assert list(summary(recording)) == ["pager: 0 waiting, 0 dead", "tickets: 1 waiting, 0 dead"]
    outbox = Outbox(state_path(recording), {PAGER: Subscription(alarms=True)})
    outbox.insert([FIRST])
    outbox.close()
    assert waiting(recording, PAGER) == []


def test_forgetting_everything_by_mistake_is_not_possible(recording: Path) -> None:
    with pytest.raises(UserError, match="say what to forget"):
        forgotten(recording, (), None)


def test_a_name_that_is_not_there_is_told_with_the_nearest(recording: Path) -> None:
    with pytest.raises(UserError, match="did you mean pager"):
        again(recording, (), "pagr")
    with pytest.raises(UserError, match="no dead letter is kept of event"):
        list(told(recording, "nothing@1"))


def test_a_recording_without_an_outbox_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["outbox", "summary", str(tmp_path / "none")])
    assert "the outbox is beside the recording of a run" in str(result.exception)
    assert not (tmp_path / "none.state.db").exists()


async def test_a_run_that_goes_on_delivers_what_was_sent_again(tmp_path: Path) -> None:
    """The one that would not take it is mended meanwhile."""
    recording, mended, heard = tmp_path / "recordings", [], []

    def pager(event: AlarmEvent, _: Context) -> None:
        if not mended:
            msg = "nobody there"
            raise GiveUp(msg)
        heard.append(event.id)

    config = HandlerConfig(name=PAGER, use=PAGER)
    host = HandlerHost(
        site(),
        [Found(name=PAGER, origin="test", subscription=Subscription(alarms=True), target=pager, config=config)],
        state_path(recording),
        lambda *_: None,
    )
    host.start()
    try:
        outbox = Outbox(state_path(recording), host.wanted)
        outbox.insert([FIRST])
        outbox.close()
        host.told([FIRST])
        await until(lambda: list(listed(recording, PAGER, waiting=False)) != [], seconds=15)
        mended.append(True)
        assert again(recording, (), None) == 1
        await until(lambda: heard == [FIRST.id], seconds=15)
    finally:
        host.stop()
