"""A gateway's store: what it has published and hotzone has not confirmed, so that a broker that forgets loses nothing.

hotzone says which numbers are safe. Messages of one gateway keep their order on the way, so a number that is not confirmed while a later one of the
same thermometer is has not come: it is published again. What nobody confirms yet is left alone; it may still stand in a queue.
"""

from typing import Final

from msgspec import MsgspecError, Struct, json

from ..mqtt import Draft

MOST: Final = 10_000
"""Readings that are kept; older ones are lost, and counted."""
_PATIENCE: Final = 2
"""Confirmations of the same thermometer that a repeat may take before it is repeated."""


class _Numbered(Struct):
    sequence: int


_number = json.Decoder(_Numbered).decode
_confirmed = json.Decoder(dict[str, list[int]]).decode


class Store:
    """One gateway's. In memory here; a real one keeps it where it outlives a restart."""

    def __init__(self, most: int = MOST) -> None:
        self.lost = 0
        """Readings that had to be forgotten unconfirmed."""
        self.repeated = 0
        """Readings published again."""
        self._most = most
        self._kept: dict[tuple[str, int], Draft] = {}
        self._waiting: dict[tuple[str, int], int] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, draft: Draft) -> None:
        """Remember a reading that is being published; what has no number cannot be confirmed, and is not kept."""
        try:
            number = _number(draft.payload).sequence
        except (MsgspecError, ValueError):
            return
        self._kept[draft.topic, number] = draft
        if len(self._kept) > self._most:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._waiting.pop(oldest, None)
            self.lost += 1

    def confirm(self, payload: bytes) -> list[Draft]:
        """Forget what is safe; give what has to be published again, oldest first."""
        try:
            safe = _confirmed(payload)
        except (MsgspecError, ValueError):
            return []
        latest: dict[str, int] = {}
        for topic, numbers in safe.items():
            for number in numbers:
                self._kept.pop((topic, number), None)
                self._waiting.pop((topic, number), None)
            if numbers:
                latest[topic] = max(numbers)
        again: list[Draft] = []
        for key, draft in self._kept.items():
            if key[1] >= latest.get(key[0], -1):
                continue
            left = self._waiting.get(key, 0)
            self._waiting[key] = left - 1 if left else _PATIENCE
            if not left:
                again.append(draft)
        self.repeated += len(again)
        return again
