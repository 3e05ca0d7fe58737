"""A run, as the web server shows it."""

from types import SimpleNamespace

from hotzone.app.room import RunRoom
from hotzone.app.web.shapes import HandlerNow
from hotzone.handlers.stats import Stats


def test_a_handler_is_shown_with_what_became_of_its_calls() -> None:
    handled = {"pager": Stats(delivered=2, retried=3, dead=4, abandoned=5, queued=1, restarted=6, open=True), "log": Stats(disabled="410")}
    room = RunRoom(SimpleNamespace(handled=lambda: handled))  # type: ignore[arg-type]  # all that is asked of it
    pager, log = room._handlers()
    assert pager == HandlerNow("pager", False, "left alone for a while", waiting=1, delivered=2, failed=3, dead=4, abandoned=5, restarted=6)
    assert (log.good, log.state) == (False, "410")
