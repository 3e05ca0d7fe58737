"""Flap detection, with the weights of Nagios: how much an alarm has changed lately, newer changes counting for more."""

from typing import Final

from msgspec import Struct, field

from ..config.units import MINUTE

LENGTH: Final = 21
"""States remembered, a look a minute."""
HIGH: Final = 0.5
"""An alarm begins to flap above this."""
LOW: Final = 0.25
"""It flaps no more below this."""
_OLDEST: Final = 0.8
_NEWEST: Final = 1.2


def share(states: list[bool]) -> float:
    """The weighted share of changes among the last 21 states, 0 to 1: weights rise from 0.8 for the oldest to 1.2 for the newest."""
    known = states[-LENGTH:]
    first = LENGTH - len(known)  # what is not remembered did not change
    step = (_NEWEST - _OLDEST) / (LENGTH - 2)
    changes = (index for index in range(1, len(known)) if known[index] != known[index - 1])
    return sum(_OLDEST + step * (first + index - 1) for index in changes) / (LENGTH - 1)


class Flap(Struct):
    """One alarm: whether it stands, looked at once a minute and whenever it changes."""

    states: list[bool] = field(default_factory=lambda: [False])
    looked: int = 0
    flapping: bool = False

    def look(self, at: int, *, standing: bool) -> bool:
        """Take what it is at `at`, ns; whether it flaps then."""
        self.looked = self.looked or at
        quiet = max(0, (at - self.looked) // MINUTE)
        self.looked += quiet * MINUTE
        self.states += [self.states[-1]] * min(LENGTH, quiet)
        if standing != self.states[-1]:
            self.states.append(standing)
        self.states = self.states[-LENGTH:]
        found = share(self.states)
        self.flapping = found >= LOW if self.flapping else found > HIGH
        return self.flapping
