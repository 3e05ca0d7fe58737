"""A command in this process: a child takes most of a second to begin."""

import sys
from pathlib import Path

import pytest

from hotzone.app.cli import main
from support.bad_input import Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`run(*words)`, in the test's folder: the exit code, the output and the complaints. What is not caught for people comes out as it is."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hotzone", *words])
        capfd.readouterr()
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        else:
            code = 0
        said = capfd.readouterr()
        assert isinstance(code, int | None)
        return code or 0, said.out, said.err

    return call
