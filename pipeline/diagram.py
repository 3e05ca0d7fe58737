"""The alarm table as a drawing and as a list, for docs/alarms.md; `make docs` writes them there."""

import re
from typing import Final

from .alarms import LETTERS, TABLE

_MARKED: Final = re.compile(r"(<!-- alarm states -->\n).*?(<!-- end -->)", re.DOTALL)


def drawing() -> str:
    """The table as a Mermaid state diagram; triggers between the same two states share an arrow, those that change no state are left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, trigger), transition in TABLE.items():
        if transition.state is not state:
            arrows.setdefault((LETTERS[state], LETTERS[transition.state]), []).append(trigger)
    states = [f'    state "{letter} {state}" as {letter}' for state, letter in LETTERS.items()]
    lines = [f"    {source} --> {target}: {' / '.join(triggers)}" for (source, target), triggers in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    direction LR", *states, "    [*] --> A", *lines, "```"])


def listing() -> str:
    """The table as a table."""
    rows = [
        f"| {LETTERS[state]} {state} | {trigger} | {LETTERS[transition.state]} {transition.state} | {f'`{transition.event}`' if transition.event else 'none'} |"
        for (state, trigger), transition in TABLE.items()
    ]
    return "\n".join(["| in | on | goes to | event |", "|---|---|---|---|", *rows])


def written(page: str) -> str:
    """The page with both of them between its marks."""
    return _MARKED.sub(lambda match: f"{match[1]}{drawing()}\n\n{listing()}\n{match[2]}", page)
