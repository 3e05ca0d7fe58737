"""Importing: tables of temperatures in text files to a recording that replays as if it had been live.

What stands in the files is kept as it was: a cell that is no temperature becomes a frame that decode rejects, a line that cannot be
read one of no thermometer. Nothing is repaired, and each departure is counted.
"""

from .plan import Order, Plan
from .run import import_files

__all__ = ["Order", "Plan", "import_files"]
