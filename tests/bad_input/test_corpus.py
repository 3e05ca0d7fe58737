"""The corpus itself: its files are what its modules make, its page and the one on payloads are true."""

import re
from pathlib import Path

import pytest
from corpus import oracle
from corpus.cells import Cell
from corpus.configuration import SiteFile
from corpus.generate import files
from corpus.lines import HERE, MESSAGES, load
from corpus.protocol import Exchange
from corpus.recordings import Forgery
from msgspec import json

from hotzone.pipeline.operating import Fault
from hotzone.pipeline.stages import validate
from hotzone.sensors.payload import Reason
from support.house import ROOT

KINDS: dict[str, type[Cell | Exchange | Forgery | SiteFile]] = {
    "cells": Cell,
    "mqtt": Exchange,
    "recordings": Forgery,
    "configuration": SiteFile,
}
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
PAYLOADS = (ROOT / "docs" / "payloads.md").read_text(encoding="utf-8")
ALARMS = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
CAUSES = {one.cause for one in vars(validate).values() if isinstance(one, validate.Verdict) and one.cause}


def test_every_file_is_what_its_module_makes() -> None:
    made = files()
    assert {path.name for path in HERE.glob("*") if path.suffix in {".jsonl", ".toml"}} == set(made)
    for name, content in made.items():
        assert (HERE / name).read_bytes() == content, f"{name}: run make corpus"


def test_no_two_lines_have_one_name() -> None:
    for name in MESSAGES:
        names = [line.id for line in load(name)]
        assert len(set(names)) == len(names)
    for name, kind in KINDS.items():
        names = [json.decode(text, type=kind).id for text in (HERE / f"{name}.jsonl").read_bytes().splitlines()]
        assert len(set(names)) == len(names), name


@pytest.mark.parametrize("name", [*MESSAGES, *KINDS])
def test_the_page_lists_the_entries_of_each_file_and_no_others(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} | `"))
    texts = [json.decode(text, type=dict[str, object]) for text in (HERE / f"{name}.jsonl").read_bytes().splitlines()]
    assert re.findall(r"`([^`]+)`", row) == list(dict.fromkeys(str(text["entry"]) for text in texts))


def test_every_reason_and_every_cause_is_in_the_corpus_and_on_the_page_of_payloads() -> None:
    rejected = {line.reason for line in load() if line.expect == "reject"}
    assert rejected == {*map(str, Reason), *map(str, Fault), "unknown-topic"}
    quarantined = {line.reason for line in load() if line.expect == "quarantine"}
    assert quarantined == CAUSES - {"stuck"}  # which takes hours, and has tests of its own
    for word in rejected - set(map(str, Fault)) | CAUSES | {"bad-message"}:
        assert f"| `{word}` |" in PAYLOADS
    for word in Fault:
        assert f"| `{word}` |" in ALARMS


def test_the_second_reading_shares_no_code_with_the_product() -> None:
    source = Path(oracle.__file__).read_text(encoding="utf-8")
    assert "hotzone" not in source
    assert "msgspec" not in source


def test_there_is_at_least_what_the_page_promises() -> None:
    assert len(load()) > 900
    assert len(load()) + sum(len((HERE / f"{name}.jsonl").read_bytes().splitlines()) for name in KINDS) > 1200
