"""The documentation says what there is: dependencies, events, commands, make targets, folders, and links that lead somewhere."""

import ast
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from packaging.requirements import Requirement

from hotzone.config.model import Priority
from hotzone.pipeline import events, units
from hotzone.pipeline.alarms import TABLE
from hotzone.pipeline.conditions import BUILT_IN
from hotzone.pipeline.events import Event
from hotzone.pipeline.hall import LINK_LOST, LOSING_DATA
from hotzone.sensors.frame import LinkKind
from hotzone.sensors.reading import Quality
from support.house import ROOT, files, parsed

DOCS = ROOT / "docs"


def rows(path: Path) -> set[str]:
    """The names in the first column of a document's tables, without their marks."""
    cells = re.findall(r"^\| ([^|]+) \|", path.read_text("utf-8"), re.MULTILINE)
    return {name.strip("` ") for name in cells if not set(name) <= set("- ")}


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {Requirement(text).name for text in project["dependencies"]}
    for path in (ROOT / "requirements").glob("*.in"):
        names |= {Requirement(line.split("#")[0]).name for line in path.read_text("utf-8").splitlines() if line.split("#")[0].strip()}
    assert names <= rows(DOCS / "dependencies.md")
    assert rows(DOCS / "dependencies.md") - names == {"package", "uv"}


def event_types() -> set[str]:
    """Every type that the pipeline can give: literals, the alarm table, the kinds of links."""
    types = {transition.event for transition in TABLE.values() if transition.event} | {f"link.{kind}" for kind in LinkKind}
    for path in files(ROOT / "pipeline"):
        if path.suffix == ".py":
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.keyword) and node.arg == "type" and isinstance(node.value, ast.Constant):
                    types.add(str(node.value.value))
    return types


def test_every_event_type_is_documented() -> None:
    types = event_types()
    assert {"alarm.raised", "zone.state", "cooling.command", "run.ended", "note"} <= types
    assert types <= rows(DOCS / "events.md")
    documented = {name for name in rows(DOCS / "events.md") if "." in name}
    assert documented <= types, "documented, and never given"


def test_every_field_of_an_event_is_documented() -> None:
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]
    assert len(kinds) > 5
    fields = {name for kind in kinds if issubclass(kind, Struct) for name in kind.__struct_fields__}
    assert fields | {"id"} <= rows(DOCS / "events.md")


def test_every_built_in_rule_is_documented() -> None:
    of_units = {value for name, value in vars(units).items() if isinstance(value, str) and value.startswith("unit-") and name.isupper()}
    assert of_units | set(BUILT_IN) | {LINK_LOST, LOSING_DATA} <= rows(DOCS / "events.md")


@pytest.mark.parametrize("values", [Priority, Quality], ids=["priority", "quality"])
def test_closed_lists_are_written_out(values: type[StrEnum]) -> None:
    assert ", ".join(values) in (DOCS / "events.md").read_text("utf-8")


def test_every_command_is_documented() -> None:
    from typer.main import get_command  # noqa: PLC0415  needed here alone

    from hotzone.app.cli import app  # noqa: PLC0415  the other tests need no command line

    text = "\n".join(path.read_text("utf-8") for path in [ROOT / "README.md", *DOCS.glob("*.md")])
    commands = set(get_command(app).commands)
    assert commands >= {"demo", "run", "simulate", "replay", "check", "handlers", "doctor"}
    assert [name for name in sorted(commands) if f"hotzone {name}" not in text] == []


def test_the_map_in_contributing_has_every_folder_and_no_other() -> None:
    kept = {"__pycache__", "build", "dist", "recordings"}
    folders = {f"{path.name}/" for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in kept}
    mapped = {name for name in rows(ROOT / "CONTRIBUTING.md") if name.endswith("/")}
    assert {name for name in folders if not name.endswith(".egg-info/")} == mapped


def test_every_make_target_tells_its_purpose() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    assert phony - set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)) == {
        "mosquitto",
        "peers",
        "alertmanager",
        "prometheus",
        "chromium",
    }


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_drawing_of_the_flow_names_every_stage() -> None:
    drawn = set(re.findall(r"<text[^>]*>([^<]+)</text>", (DOCS / "flow.svg").read_text("utf-8")))
    stages = {path.stem for path in (ROOT / "pipeline/stages").glob("[a-z]*.py")}
    assert len(stages) > 5
    assert stages | {"annunciator", "supervisor", "arbiter", "interlock", "sequencer", "outbox"} <= drawn


def test_every_command_line_of_the_documentation_is_one_that_there_is() -> None:
    from typer.main import get_command  # noqa: PLC0415  needed here alone

    from hotzone.app.cli import app  # noqa: PLC0415  the other tests need no command line

    found = 0
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", *(ROOT / "examples").rglob("*.md")]:
        for line in re.findall(r"(?:^    +|`)hotzone ([a-z][^`\n#|>]*)", path.read_text("utf-8"), re.MULTILINE):
            command: Any = get_command(app)
            for word in line.split():
                if not hasattr(command, "commands"):
                    break
                assert word in command.commands or word.isupper() or word.startswith("-"), f"{path.name}: hotzone {line}"
                command = command.commands.get(word, command)
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
            assert set(re.findall(r"(?<=\s)--[a-z-]+", line)) <= known | {"--version"}, f"{path.name}: hotzone {line}"
            found += 1
    assert found > 30
