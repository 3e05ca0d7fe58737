"""The three ways to a handler, and what is told of one that is broken."""

from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config.model import Priority, Site
from hotzone.config.service import HandlerConfig
from hotzone.handlers import CoolingDriver
from hotzone.handlers.discovery import Found, by_receiver, discover
from support.sites import site


def found(tmp_path: Path, files: dict[str, str], *configs: HandlerConfig) -> dict[str, Found]:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    where: Site = structs.replace(site(), handlers=configs, handlers_folder=str(tmp_path) if files else None)
    return {one.name: one for one in discover(where)}


def test_a_file_in_the_handlers_folder_is_found_and_configured(tmp_path: Path) -> None:
    text = (
        "from hotzone.handlers import handler\n@handler(alarms=True, min_priority='high')\ndef page(event, ctx): ...\ndef helper(): ...\n"
    )
    one = found(tmp_path, {"mine.py": text}, HandlerConfig(name="page", use="page", options={"min_priority": "critical"}))
    assert [name for name, handler in one.items() if handler.used] == ["page"]
    assert one["page"].origin.endswith("mine.py")
    assert one["page"].subscription is not None
    assert one["page"].subscription.min_priority is Priority.CRITICAL


def test_an_installed_one_is_used_when_the_site_names_it(tmp_path: Path) -> None:
    one = found(tmp_path, {}, HandlerConfig(name="journal", use="log"))
    assert (one["journal"].used, one["mqtt-events"].used) == (True, False)


def test_a_module_and_name_is_imported(tmp_path: Path) -> None:
    one = found(tmp_path, {}, HandlerConfig(name="x", use="hotzone.handlers.log:log"))
    assert one["x"].trouble is None


def test_each_receiver_of_a_handler_is_a_handler_of_its_own(tmp_path: Path) -> None:
    text = "from hotzone.handlers import handler\n@handler(alarms=True, min_priority='high')\nclass Phones:\n    receivers = {'day': print, 'night': id}\n"
    one = found(tmp_path, {"mine.py": text})["Phones"]
    parts = by_receiver([one])
    assert [(part.name, part.config.name, part.target) for part in parts] == [
        ("Phones/day", "Phones/day", print),
        ("Phones/night", "Phones/night", id),
    ]
    assert {part.subscription for part in parts} == {one.subscription}


@pytest.mark.parametrize("receivers", ["{}", "['day']", "{'day': 7}", "{7: print}"])
def test_what_is_no_receivers_makes_no_handler(receivers: str, tmp_path: Path) -> None:
    text = f"from hotzone.handlers import handler\n@handler\nclass Phones:\n    receivers = {receivers}\n"
    assert "TypeError" in (found(tmp_path, {"mine.py": text})["Phones"].trouble or "")


def test_a_broken_file_is_told_with_its_place_and_stops_no_other(tmp_path: Path) -> None:
    good = "from hotzone.handlers import handler\n@handler\nasync def good(event, ctx): ...\n"
    one = found(
        tmp_path,
        {"a_broken.py": "x = 1\nimport nowhere_at_all\n", "b_syntax.py": "def :\n", "c_exits.py": "raise SystemExit\n", "d.py": good},
    )
    assert "a_broken.py:2" in (one["a_broken.py"].trouble or "")
    assert "b_syntax.py:1" in (one["b_syntax.py"].trouble or "")
    assert "SystemExit" in (one["c_exits.py"].trouble or "")
    assert one["good"].trouble is None


def test_a_broken_file_takes_no_handler_of_the_site_file_with_it(tmp_path: Path) -> None:
    files = {"log.py": "import no_such_module\n", ".#page.py": "import no_such_module\n"}
    one = found(tmp_path, files, HandlerConfig(name="log", use="log"))
    assert (one["log"].trouble, one["log"].used) == (None, True)
    assert "no_such_module" in (one["log.py"].trouble or "")
    assert [name for name, each in one.items() if each.trouble] == ["log.py"]


def test_an_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    assert "did you mean log?" in (found(tmp_path, {}, HandlerConfig(name="x", use="lgo"))["x"].trouble or "")


def test_the_folder_is_where_a_name_may_be_too(tmp_path: Path) -> None:
    text = "from hotzone.handlers import handler\n@handler\ndef page_somebody(event, ctx): ...\n"
    one = found(tmp_path, {"mine.py": text}, HandlerConfig(name="page_sombody", use="page_sombody"))
    assert "did you mean page_somebody?" in (one["page_sombody"].trouble or "")
    assert one["page_somebody"].trouble is None


def test_one_that_cannot_be_made_is_told_with_the_line_in_its_own_file(tmp_path: Path) -> None:
    bad = "from hotzone.handlers import handler\n@handler\nclass Bad:\n    def __init__(self):\n        int('x')\n    def handle(self, e, c): ...\n"
    good = "from hotzone.handlers import handler\n@handler\nasync def good(event, ctx): ...\n"
    one = found(tmp_path, {"a.py": bad, "b.py": good})
    assert "a.py:5" in (one["Bad"].trouble or "")
    assert one["good"].trouble is None


def test_an_error_in_a_library_is_told_with_the_line_that_called_it(tmp_path: Path) -> None:
    one = found(tmp_path, {"a.py": "import json\n\njson.loads('{')\n"})
    assert "a.py:3" in (one["a.py"].trouble or "")


def test_two_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    text = "from hotzone.handlers import handler\n@handler\ndef page(event, ctx): ...\n"
    one = found(tmp_path, {"a.py": text, "b.py": text})
    assert one["page"].origin.endswith("a.py")
    assert "a.py" in (one["b.page"].trouble or "")


@pytest.mark.parametrize("options", [{"min_priority": "urgent"}, {"min_priority": 3}, {"events": ["a"]}])
def test_an_option_that_means_nothing_is_told_with_what_was_expected(tmp_path: Path, options: dict[str, object]) -> None:
    one = found(tmp_path, {}, HandlerConfig(name="log", use="log", options=options), HandlerConfig(name="other", use="log"))
    assert f"[handlers.log.options] {next(iter(options))}" in (one["log"].trouble or "")
    assert "expected" in (one["log"].trouble or "")
    assert one["other"].trouble is None


def test_a_cooling_handler_is_known_by_what_it_does(tmp_path: Path) -> None:
    one = found(tmp_path, {"bus.py": "class Bus:\n    def carry_out(self, command): ...\n"})
    assert isinstance(one["Bus"].target, CoolingDriver)
    assert one["Bus"].drives


TYPED = """
from msgspec import Struct
from hotzone.handlers import handler

@handler
class Pager:
    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        number: str
        attempts: int = 3

    def __init__(self, options):
        self.options = options

    async def handle(self, event, ctx): ...
"""


def test_a_class_with_options_is_made_with_them(tmp_path: Path) -> None:
    options: dict[str, object] = {"number": "110", "min_priority": "high"}
    one = found(tmp_path, {"a.py": TYPED}, HandlerConfig(name="Pager", use="Pager", options=options))["Pager"]
    assert one.trouble is None
    assert one.target.options.number == "110"
    assert one.subscription is not None
    assert one.subscription.min_priority is Priority.HIGH


def test_a_mistake_in_options_is_told_by_file_and_key_and_stops_no_other(tmp_path: Path) -> None:
    config = HandlerConfig(name="Pager", use="Pager", options={"nummer": "110"}, file="dc.toml")
    one = found(tmp_path, {"a.py": TYPED}, config, HandlerConfig(name="log", use="log"))
    assert [problem.key for problem in one["Pager"].problems] == ["[handlers.Pager.options] nummer", "[handlers.Pager.options] number"]
    told = "dc.toml: [handlers.Pager.options] nummer: found an unknown key"
    assert told in (one["Pager"].trouble or "")
    assert "did you mean number?" in (one["Pager"].trouble or "")
    assert one["log"].trouble is None


def test_one_of_the_folder_that_needs_options_says_so(tmp_path: Path) -> None:
    one = found(tmp_path, {"a.py": TYPED})
    assert "[handlers.Pager.options] number: found nothing" in (one["Pager"].trouble or "")


@pytest.mark.parametrize("name", ["run", "close"])
def test_work_that_is_not_async_is_told(tmp_path: Path, name: str) -> None:
    text = f"from hotzone.handlers import handler\n@handler\nclass X:\n    def handle(self, e, c): ...\n    def {name}(self): ...\n"
    assert f"its {name}() is not async" in (found(tmp_path, {"a.py": text})["X"].trouble or "")
