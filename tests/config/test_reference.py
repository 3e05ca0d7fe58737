"""docs/configuration.md is made from the types, and every key has a text."""

from pathlib import Path

import pytest
from msgspec import structs

from hotzone.config import tables
from hotzone.config.plan import CoolingPlan
from hotzone.config.reference import SECTIONS, main, reference, texts
from hotzone.config.tables import Table

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
TABLES = [table for table in vars(tables).values() if isinstance(table, Table)]


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m hotzone.config.reference docs/configuration.md"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.of.__name__)
def test_every_key_has_a_text_and_every_field_a_key(table: Table) -> None:
    fields = {field.name for field in structs.fields(table.of)}
    explained = texts(table.of).keys() | (texts(tables.UNIT.of).keys() if table.of is CoolingPlan else set())
    assert table.keys.keys() <= explained
    assert fields <= table.keys.keys() | {*table.skips}


def test_every_table_has_its_section() -> None:
    assert {section.table.of for section in SECTIONS} == {table.of for table in TABLES}


def test_the_page_is_written_by_one_command(tmp_path: Path) -> None:
    assert main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == reference()
