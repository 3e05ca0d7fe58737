"""What the process says of itself: libraries in the same form, and no line for what is no fault of ours."""

import asyncio
import json
import logging

import pytest
import structlog
from aiohttp.http_exceptions import LineTooLong

from hotzone.app.logs import configure


def said(capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    structlog.reset_defaults()
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_a_library_that_complains_is_a_line_like_any_other(capfd: pytest.CaptureFixture[str]) -> None:
    configure(pretty=False)
    configure(pretty=False)
    logging.getLogger("asyncio").error("Task failed \x1b[2J", exc_info=ValueError("a\nb"))
    (line,) = said(capfd)
    assert (line["event"], line["library"], line["what"], line["level"]) == (
        "a library complains",
        "asyncio",
        "Task failed \x1b[2J",
        "error",
    )
    assert line["why"] == "ValueError('a\\nb')"


async def test_a_callback_that_fails_is_told_by_asyncio_in_that_form(capfd: pytest.CaptureFixture[str]) -> None:
    configure(pretty=False)
    asyncio.get_running_loop().call_exception_handler({"message": "a callback failed", "exception": ValueError("x")})
    (line,) = said(capfd)
    assert (line["library"], line["what"]) == ("asyncio", "a callback failed")


@pytest.mark.parametrize("error", [LineTooLong(b"/aaaa", 8190), ConnectionResetError("gone")])
def test_what_is_no_http_and_who_hangs_up_are_no_line(error: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    configure(pretty=False)
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=error)
    assert said(capfd) == []


def test_a_fault_of_our_own_answer_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    configure(pretty=False)
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=KeyError("zone"))
    assert len(said(capfd)) == 1
