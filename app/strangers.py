"""Messages that a replay leaves out because another site file than the recorded one does not know their topics."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ..pipeline import Rejected
from ..pipeline.inputs import UNKNOWN_TOPIC

_SHOWN: Final = 100
"""Characters of a topic."""


class Strangers(Struct):
    """How many there are, and the topic of one: why a replay may say less than the recording holds."""

    count: int = 0
    topic: str = ""

    def take(self, rejected: Sequence[Rejected]) -> None:
        """Count those among what was rejected."""
        for one in rejected:
            if one.reason == UNKNOWN_TOPIC:
                self.add(Strangers(1, one.topic))

    def add(self, more: "Strangers") -> None:
        """Count them, too."""
        self.count += more.count
        self.topic = self.topic or more.topic

    def __str__(self) -> str:
        many = f"{self.count:,} message{' is' if self.count == 1 else 's are'}"
        return f"{many} on topics that this site file does not know, such as {self.topic[:_SHOWN]!a}"
