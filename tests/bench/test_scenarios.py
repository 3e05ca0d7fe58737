"""The table of scenarios: its command works, and its page knows every fault."""

import importlib.util
from pathlib import Path

from hotzone.sensors.hall import SCENARIOS

ROOT = Path(__file__).parents[2]


def test_the_command_measures_a_failed_unit() -> None:
    spec = importlib.util.spec_from_file_location("scenarios", ROOT / "benchmarks" / "scenarios.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (row,) = module.rows(["crac-failure"])
    assert row.detected.startswith("crac-1 unit-failed")
    assert row.thermal.startswith("A1 at")
    assert row.fixed[1] > row.hotzone[1] > 0


def test_the_page_has_every_fault() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text()
    assert [kind for kind in SCENARIOS if f"| `{kind}` |" not in page] == []
