"""Logs: what happened is a constant text of ours, and whatever came from elsewhere is in fields, which the renderer quotes."""

import ast
import json

import pytest
import structlog

from hotzone.app import logs
from support.house import ROOT, package_files, parsed

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
STRANGE = ['line\nlevel="error"', "\x1b[2J", "\r overwritten", "\u2028", "\u202e", "\x00", "{}", "%s", '"}', "\ud800", "x" * 10_000]


def calls() -> list[tuple[str, ast.Call]]:
    """Where something is logged."""
    found: list[tuple[str, ast.Call]] = []
    for path in package_files(ROOT):
        if path.suffix == ".py":
            found += [
                (f"{path.name}:{node.lineno}", node)
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and "log" in ast.unparse(node.func.value).lower()
            ]
    return found


def test_every_text_that_is_logged_is_a_constant() -> None:
    found = calls()
    assert len(found) > 30
    assert [where for where, call in found if not (call.args and isinstance(call.args[0], ast.Constant) and len(call.args) == 1)] == []


@pytest.mark.parametrize("text", STRANGE, ids=ascii)
def test_whatever_a_stranger_wrote_a_log_line_is_one_object_on_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    logs.configure(pretty=False)
    try:
        structlog.get_logger("hotzone.test").warning("a message is no reading", topic=text, nested={"payload": [text]})
    finally:
        structlog.configure(**before)
    said = capsys.readouterr().err
    assert said.endswith("\n")
    assert said.count("\n") == 1
    assert said[:-1].isprintable()
    line = json.loads(said)
    assert line["event"] == "a message is no reading"
    assert line["topic"][:256] == text[:256]
    assert len(line["topic"]) <= 259
