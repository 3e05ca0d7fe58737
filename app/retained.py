"""Readings and reports that a broker has kept, of nobody knows when: who subscribes is given them as if they were news.

Who says when it was measured is judged by that like any other. The rest is in the log under another name, as a dead letter.
"""

from ..config.model import Site
from ..sensors.frame import RETAINED
from ..sensors.hearing import hearing
from ..sensors.source import Message
from .own import Unstamped
from .repeats import tells_its_time


class Retained:
    """Sees to the retained messages of a site. Whether a gateway or a unit is there is retained by its nature."""

    def __init__(self, site: Site) -> None:
        self._hear = hearing(site)
        self._reports = {unit.report_topic for unit in site.units}

    def __call__(self, message: Message) -> Unstamped:
        """What to log for it."""
        topic, payload, _ = message
        measured = topic in self._reports or (topic in self._hear and not tells_its_time(payload))
        return Unstamped(f"{RETAINED}{topic}" if measured else topic, payload)
