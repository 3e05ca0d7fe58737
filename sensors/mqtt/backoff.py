"""How long to wait before the next attempt: exponential with full jitter, so that clients of a returning broker do not come at once."""

from random import Random

FIRST_S = 0.5
CAP_S = 30.0
REFUSED_S = 1.0
"""Least seconds after a refusal: the broker is up, and knocking faster changes nothing."""


class Backoff:
    """Uniform between 0 and a bound that doubles with each attempt, up to 30 s. `random` is injected."""

    def __init__(self, random: Random, *, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._random = random
        self._first_s = first_s
        self._cap_s = cap_s
        self._attempts = 0

    def next(self, *, refused: bool = False) -> float:
        """Seconds to wait now."""
        bound = min(self._cap_s, self._first_s * 2.0 ** min(self._attempts, 16))
        self._attempts += 1
        return max(REFUSED_S if refused else 0.0, self._random.uniform(0.0, bound))

    def reset(self) -> None:
        """A connection proved itself."""
        self._attempts = 0
