"""Looks at everything that hotzone stands on, and says what to do about each thing that is not well. It repairs nothing.

`doctor(site)` asks the broker and the machine; `report` makes text of the findings.
"""

from .finding import Finding, Level, report, worst
from .look import doctor

__all__ = ["Finding", "Level", "doctor", "report", "worst"]
