"""`docs/handlers.md` says what there is: settings, built-in handlers, and an example that works."""

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from msgspec import structs
from msgspec.structs import fields

from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.handlers.discovery import GROUP, discover
from hotzone.handlers.reference import built_in, filled
from support.house import ROOT
from support.sites import site

TEXT = (ROOT / "docs" / "handlers.md").read_text("utf-8")


def test_every_setting_is_documented() -> None:
    named = {field.name for field in fields(HandlerConfig)} - {"name", "file", "folder"}
    assert {name for name in named if f"\n| `{name}` |" not in TEXT} == set()


def test_every_built_in_handler_is_documented() -> None:
    built_in = {point.name for point in entry_points(group=GROUP) if point.value.startswith("hotzone.")}
    assert built_in >= {"log", "mqtt-events", "webhook", "alertmanager"}
    assert {name for name in built_in if f"\n| `{name}` |" not in TEXT} == set()


def test_the_options_of_every_built_in_handler_are_documented() -> None:
    assert set(built_in()) == set(re.findall(r"<!-- options of ([a-z-]+) -->", TEXT))
    assert filled(TEXT) == TEXT, "python -m hotzone.handlers.reference docs/handlers.md"


def test_the_first_example_is_the_one_that_is_tested() -> None:
    shown = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]
    kept = (ROOT / "examples" / "handlers" / "page_the_engineer.py").read_text("utf-8")
    assert shown.strip() == kept.partition('"""\n\n')[2].strip()


def test_the_example_of_options_works_as_it_is_shown(tmp_path: Path) -> None:
    shown = next(block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "class Pager" in block)
    (tmp_path / "pager.py").write_text(shown)
    options: dict[str, object] = {"numbr": "110"}
    for problem in ("numbr: found an unknown key", "number: found nothing"):
        assert problem in _pager(tmp_path, options).trouble
    options = {"number": "110", "token": Secret("x"), "repeat": "10s", "attempts": 2, "spool": "s"}
    assert _pager(tmp_path, options).trouble is None


def _pager(folder: Path, options: dict[str, object]) -> Any:
    config = HandlerConfig(name="Pager", use="Pager", options=options)
    found = discover(structs.replace(site(), handlers=(config,), handlers_folder=str(folder)))
    return next(one for one in found if one.name == "Pager")
