"""What to say to somebody whose files give nothing, or something else than they may think."""

from collections import Counter
from typing import Final

from ...sensors.tables import Binding, Line, TableError, Trouble, Unreadable
from ...sensors.tables.errors import quoted
from ...sensors.tables.likely import advice as likely_format
from .summary import Summary

ADVICE: Final = {
    Trouble.NO_ZONE: "Its times name no time zone: say --timezone UTC, or a name such as Europe/Zurich",
    Trouble.BAD_TIME: "Its times are not what --time-format says (iso unless given): s, ms, us or ns since 1970, or a format such as '%d.%m.%Y %H:%M'",
    Trouble.TIME_OUT_OF_RANGE: "Its times are not between 2001 and 2262: is --time-format s, ms, us or ns?",
    Trouble.TOO_FEW_COLUMNS: "Is --delimiter what separates its columns?",
    Trouble.UNKNOWN_SENSOR: "Say --as TEMPLATE or --sensor-map FILE to name the site's thermometers",
    Trouble.BAD_NAME: "Say --as TEMPLATE to make an id, zone/rack/position, of what the file says, as --as A1/{sensor}/in",
}
_LOOKED: Final = 200
"""Rows of a file in which two names are looked for."""
_SAMPLE: Final = 20
"""Times that a format has to read to be proposed."""


class Doubts:
    """What one table shows while it is read. `bad` counts rows that give nothing, other than those of thermometers that a site does not know."""

    def __init__(self, binding: Binding) -> None:
        self.bad = 0
        self._binding = binding
        self._unused = binding.names_unused
        self._place = binding.place(self._unused) if self._unused else 0
        self._looked = 0
        self._names: set[str] = set()
        self._times: list[str] = []
        self._troubles: Counter[Trouble] = Counter()

    def look(self, row: Line) -> None:
        """See whether the table holds several thermometers that nobody tells apart."""
        if self._unused and self._looked < _LOOKED and self._place < len(row.cells):
            self._looked += 1
            self._names.add(row.cells[self._place])

    def count(self, row: Line, error: Unreadable) -> None:
        """A row that gives nothing."""
        self.bad += error.trouble is not Trouble.UNKNOWN_SENSOR
        self._troubles[error.trouble] += 1
        if error.trouble in {Trouble.BAD_TIME, Trouble.TIME_OUT_OF_RANGE} and len(self._times) < _SAMPLE:
            self._times.append(self._binding.time_of(row))

    def advice(self) -> str:
        """What to say otherwise, after a table of which no row could be used; empty where nothing is known."""
        if not self._troubles:
            return ""
        trouble, _ = self._troubles.most_common(1)[0]
        said = likely_format(self._times) if trouble in {Trouble.BAD_TIME, Trouble.TIME_OUT_OF_RANGE} else ""
        said = said or ADVICE.get(trouble, "")
        if trouble in {Trouble.BAD_NAME, Trouble.UNKNOWN_SENSOR} and self._unused:
            said += f"; {{sensor}} is the file's name unless a column has the thermometer's, as --sensor {quoted(self._unused)}"
        return said

    def hint(self) -> str:
        """That several thermometers may have become one; empty if not."""
        if len(self._names) < 2:
            return ""
        few = ", ".join(quoted(name) for name in sorted(self._names)[:3])
        return f"all of a file is one thermometer, though its column {quoted(self._unused)} names several ({few}): is it --sensor {quoted(self._unused)}?"


class GaveUp(TableError):
    """The beginning of a file gives nothing."""

    def __init__(self, table: str, row: Line, error: Unreadable, doubts: Doubts) -> None:
        advice = doubts.advice()
        msg = f"{table}:{row.number}: {error}; none of the first {doubts.bad} rows can be used"
        super().__init__(f"{msg}. {advice}" if advice else msg)


class NothingRead(TableError):
    """All files together hold no reading."""

    def __init__(self, summary: Summary) -> None:
        why = "".join(f"\n  {reason} {count:,}, as {summary.examples[reason][0]}" for reason, count in summary.rejected.most_common(5))
        why += "".join(f"\n{line}" for line in (*summary.damage, *summary.advice))
        left = f"; {summary.left_out:,} were left out by --where or --sensor-map" if summary.left_out else ""
        bare = f"; {', '.join(summary.bare[:5])}: nothing in it" if summary.bare else ""
        super().__init__(f"no reading in {summary.rows:,} row{'s' * (summary.rows != 1)}{left}{bare}{why}")
