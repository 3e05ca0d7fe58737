"""The reference of the site file, docs/configuration.md, from the types: `python -m hotzone.config.reference docs/configuration.md`.

Keys and what they take come from `tables.py`, defaults and explanations from the types: the docstring under a field is its text.
"""

import ast
import inspect
import sys
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import NODEFAULT, Struct, structs

from . import defaults, kinds, model, plan, tables
from .durations import format_duration
from .tables import Table


class Undocumented(LookupError):
    """A key has no docstring."""

    def __init__(self, owner: str, key: str) -> None:
        super().__init__(f"{owner}.{key} has no docstring under it")


class Section(NamedTuple):
    """One table of the site file, as the reference shows it."""

    title: str
    where: str
    text: str
    table: Table


SECTIONS: Final = (
    Section("Top of the file", "", "", tables.SITE),
    Section("broker", "[broker]", "How to reach the broker. Durations are wall time.", tables.BROKER),
    Section(
        "topics",
        "[topics]",
        "Each placeholder is a whole level. At most eight levels, no wildcards; two things never share a topic.",
        tables.TOPICS,
    ),
    Section(
        "quality",
        "[quality] of site, hall, zone, rack or sensor",
        "What a thermometer can do, and so when not to believe it.",
        tables.QUALITY,
    ),
    Section(
        "sensors",
        "[sensors.POSITION] of site, hall, zone or rack",
        f"The thermometers of a rack, by position. Without it: {', '.join(f'`{name}`' for name in defaults.SENSORS)}. "
        'A list, `sensors = ["in-top", "out-top"]`, says which there are; a table adds to what is inherited or changes it. '
        "Each may have a table `quality` of its own.",
        tables.RACK_SENSOR,
    ),
    Section(
        "limits",
        "[limits.RULE] of site, hall or zone",
        "Limits on a zone's value. Each has `above` or `below`. Any name makes a new one.",
        tables.LIMIT,
    ),
    Section(
        "rates",
        "[rates.RULE] of site, hall or zone",
        "Limits on how fast inlets warm; a new one needs `rise`, `over` and `share`. Built-in windows stretch to two periods of slow thermometers.",
        tables.RATE,
    ),
    Section("statistic", "[statistic] of site, hall or zone", "How the inlets of a zone become one number.", tables.STATISTIC),
    Section("presence", "[presence] of site, hall or zone", "When a zone has lost its data.", tables.PRESENCE),
    Section("control", "[control] of site, hall or zone", "How a zone's value becomes its demand for cooling.", tables.CONTROL),
    Section(
        "layout",
        "[layout] of site, hall or zone",
        "Racks by pattern. `across` is not for zones, `x` and `y` are for zones only.",
        tables.LAYOUT,
    ),
    Section(
        "cooling",
        "[cooling] of site or hall",
        "Cooling units by pattern, and what they have in common. `sensors` are thermometers in their air, as those of racks, with "
        "positions that begin with `supply-` or `return-`; they belong to the nearest zone, and not to its value.",
        tables.COOLING,
    ),
    Section("halls", "[halls.HALL]", "One room. Its zones are the tables `halls.HALL.zones.ZONE`.", tables.HALL),
    Section(
        "racks",
        "[halls.HALL.zones.ZONE.racks.RACK]",
        "One rack of the pattern that is different, or one more. It may have the tables `quality` and `sensors`.",
        tables.RACK,
    ),
    Section(
        "units",
        "[halls.HALL.units.UNIT]",
        "One cooling unit of the pattern that is different, or one more. It may have `sensors`.",
        tables.UNIT,
    ),
    Section("Physics of a simulated hall", "[halls.HALL.simulation]", "The equations are in `sensors/hall`.", tables.HALL_SIMULATION),
    Section("handlers", "[handlers.NAME]", "Who is told of events. The table `options` is the handler's own.", tables.HANDLER),
    Section(
        "group",
        "[handlers.NAME.group]",
        "How alarms are told together to one handler; see [alarms](alarms.md#told-together). Durations are wall time.",
        tables.GROUP,
    ),
    Section("simulation", "[simulation]", "What `demo` and `simulate` run.", tables.SIMULATION),
    Section("recording", "[recording]", "How the log is kept.", tables.RECORDING),
    Section("alarms", "[alarms]", "What holds for every alarm, and how long operators may put things aside.", tables.ALARMS),
    Section("http", "[http]", "Where the page, the API, metrics and health are served.", tables.HTTP),
    Section("tokens", "[http.tokens.NAME]", "Who may ask over HTTP; with none, whoever is on this machine may.", tables.TOKEN),
)

_HEAD: Final = """# The site file

One TOML file says what there is, what is too hot, who is told and what cools. `hotzone check FILE` prints what it understood, or
everything that is wrong with it at once. [site.example.toml](../config/sites/site.example.toml) has every key.

**Inheritance.** The tables `limits`, `rates`, `quality`, `presence`, `statistic`, `control`, `sensors`, `layout` and `cooling` may stand at
the top of the file and in a hall; all but `cooling` in a zone; `quality` and `sensors` in a rack. The nearer one wins, key by key. An
inherited limit, rate or sensor is taken away by `false`:

```toml
[limits.warm]
on_delay = "2m"                     # the other keys of warm stay as they are

[halls.h1.zones.A1]
layout.count = 50                   # racks A1-r01 to A1-r50, six thermometers each
limits.very-low = false             # not here
```

**Values.** Durations are text: `"250ms"`, `"30s"`, `"5m"`, `"1h30m"`. They run on the hall's time unless the text says wall time. Ids are
1 to 64 letters, digits and `_ . -`. Zones and cooling units have ids of their own in the whole site, racks in their zone.

**Secrets** are never in the file: `password = { env = "NAME" }` or `password = { file = "path" }`, where the file belongs to whoever runs
hotzone and has mode 0600. The site file is copied into every recording, so a password in plain text is an error. Relative paths start
at the folder of the site file, but for `recording.folder`.

**Defaults** are those of a hall of ASHRAE class A2 (TC 9.9: recommended 18-27 °C, allowable 10-35 °C at the inlet).
"""


def reference() -> str:
    """The whole page. Raises `Undocumented` for a key without a text."""
    parts = [_HEAD, *(_section(section) for section in SECTIONS)]
    return "\n".join(parts)


def texts(of: type[Struct]) -> dict[str, str]:
    """The docstring under each field of a type."""
    tree = ast.parse(inspect.getsource(sys.modules[of.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == of.__name__)
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                found[name] = " ".join(text.split())
    return found


def _section(section: Section) -> str:
    own = texts(section.table.of)
    if section.table is tables.COOLING:
        own = {**texts(model.Unit), **own}
    if section.table is tables.UNIT:
        own |= {"serves": texts(plan.CoolingPlan)["serves"]}
    lines = [f"## {section.title}", ""]
    lines += [f"`{section.where}`", ""] if section.where else []
    lines += [section.text, ""] if section.text else []
    lines += ["| key | takes | default | |", "|---|---|---|---|"]
    known = _defaults(section.table.of) | (_defaults(model.Unit) if section.table is tables.COOLING else {})
    for key, kind in section.table.keys.items():
        if key not in own:
            raise Undocumented(section.table.of.__name__, key)
        default = section.table.defaults.get(key) or _shown(kind, known.get(key, NODEFAULT))
        lines.append(f"| `{key}` | {kind.label} | {default} | {own[key]} |")
    lines += [f"| `password` | secret | none | {own['password']} |"] if section.table is tables.BROKER else []
    lines += [f"| `options` | table | none | {own['options']} |"] if section.table is tables.HANDLER else []
    lines += _built_in(section.table)
    return "\n".join([*lines, ""])


def _defaults(of: type[Struct]) -> dict[str, object]:
    return {field.name: field.default for field in structs.fields(of)}


def _shown(kind: kinds.Kind, value: object) -> str:
    match value:
        case None | ():
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case int() if isinstance(kind, kinds.Duration):
            return f"`{format_duration(value)}`"
        case int() if isinstance(kind, kinds.Size):
            return f"`{_size(value)}`"
        case tuple():
            return f"`[{', '.join(f'[{step.celsius:g}, {step.demand:g}]' for step in value if isinstance(step, model.Step))}]`"
        case StrEnum() | str() | int() | float():
            return f"`{value}`"
    return "required" if value is NODEFAULT else str(value)


def _size(value: int) -> str:
    return next(f"{value // factor}{unit}" for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("B", 1)) if value % factor == 0)


def _built_in(table: Table) -> list[str]:
    if table is tables.LIMIT:
        rows = [
            f"| `{limit.rule}` | {'above' if limit.above is not None else 'below'} {limit.above if limit.above is not None else limit.below:g} °C | "
            f"{format_duration(limit.on_delay)} | {limit.priority} | {'yes' if limit.hot else 'no'} |"
            for limit in defaults.LIMITS
        ]
        return ["", "Built in:", "", "| rule | bound | on_delay | priority | hot |", "|---|---|---|---|---|", *rows]
    if table is tables.RATE:
        rows = [
            f"| `{rate.rule}` | {rate.rise:g} K/min over {format_duration(rate.over)} | {rate.share:g} | {rate.priority} | {'yes' if rate.hot else 'no'} |"
            for rate in defaults.RATES
        ]
        return ["", "Built in:", "", "| rule | rise | share | priority | hot |", "|---|---|---|---|---|", *rows]
    return []


def main(arguments: list[str]) -> int:
    """Write the page to the file named, or print it."""
    if arguments:
        Path(arguments[0]).write_text(reference(), encoding="utf-8")
    else:
        sys.stdout.write(reference())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
