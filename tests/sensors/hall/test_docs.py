"""The page about the simulated hall lists every scenario as the table has it."""

import re
from pathlib import Path

from hotzone.config import format_duration
from hotzone.sensors.hall import SCENARIOS

PAGE = Path(__file__).parents[3] / "docs" / "simulation.md"
MARKS = re.compile(r"(?<=<!-- scenarios: begin -->\n).*?(?=<!-- scenarios: end -->)", re.DOTALL)


def table() -> str:
    """The table of all scenarios; run this file to write it into the page."""
    rows = ["", "| kind | what happens | targets | lasts | size | what one sees |", "|---|---|---|---|---|---|"]
    for kind, scenario in SCENARIOS.items():
        lasts = "for good" if scenario.duration is None else format_duration(scenario.duration)
        size = f"{scenario.size:g} {scenario.unit}" if scenario.unit else ""
        rows.append(f"| `{kind}` | {scenario.doc} | {', '.join(scenario.targets)} | {lasts} | {size} | {scenario.expected} |")
    return "\n".join([*rows, "", ""])


def test_every_scenario_is_in_the_page_as_it_is_in_the_table() -> None:
    found = MARKS.search(PAGE.read_text())
    assert found is not None
    assert found[0] == table(), "run: python tests/sensors/hall/test_docs.py"


if __name__ == "__main__":
    PAGE.write_text(MARKS.sub(lambda _: table(), PAGE.read_text()))
