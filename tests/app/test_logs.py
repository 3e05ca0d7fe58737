"""Log lines: no secret in them, whatever they are made of, on a terminal and off it."""

from collections.abc import Iterator

import pytest
import structlog

from hotzone.app import logs
from hotzone.config import redaction
from hotzone.config.redaction import remember

SECRET = "correct-horse-42"  # noqa: S105  a canary


@pytest.fixture(autouse=True)
def knowing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One secret is known, and logging is as it was afterwards."""
    monkeypatch.setattr(redaction, "_known", [])
    remember(SECRET)
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("pretty", [False, True], ids=["off a terminal", "on a terminal"])
def test_no_secret_is_in_a_field_in_a_list_in_a_table_or_in_a_traceback(pretty: bool, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(pretty=pretty)
    log = structlog.get_logger("hotzone.test")
    log.warning("refused", why=f"you said {SECRET}", all=[f"{SECRET}!", 1], nested={"header": f"Basic {SECRET}"}, long="x" * 250 + SECRET)
    try:
        int(SECRET)
    except ValueError:
        log.exception("it failed")
    said = capsys.readouterr().err
    assert SECRET[:8] not in said
    assert "you said ***" in said
    assert "base 10: '***'" in said
    assert said.count("***") >= 5
