"""The one alarm that can be in no log: that the log cannot be written. It goes straight to whoever listens at the broker, if there is a way."""

from collections.abc import Callable
from contextlib import suppress

from msgspec import json

from ..sensors.mqtt import MqttError

RULE = "log-unwritable"


class Outcry:
    """`publish` takes a topic and a payload, and may raise MqttError; `now` gives log time."""

    def __init__(self, publish: Callable[[str, bytes], object], now: Callable[[], int], base: str) -> None:
        self._publish = publish
        self._now = now
        self._base = base
        self._raised = False

    def raised(self, why: str) -> None:
        """The disk has taken nothing for long."""
        self._raised = True
        self._tell("alarm.raised", why)

    def cleared(self, why: str) -> None:
        """It takes everything again; nothing is said to whoever had not been told."""
        if self._raised:
            self._raised = False
            self._tell("alarm.cleared", why)

    def _tell(self, kind: str, why: str) -> None:
        at = self._now()
        alarm = {"at": at, "cause": why, "id": f"{kind}:{RULE}@{at}", "priority": "critical", "rule": RULE, "type": kind}
        with suppress(MqttError):
            self._publish(f"{self._base}/events/{kind}", json.encode(alarm))
