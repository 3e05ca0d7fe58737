"""What can go wrong between us and the broker, by whose fault it is."""

from mqtt5 import ConnAckReasonCode, DisconnectReasonCode, SubAckReasonCode

from ...config.printable import printable

# By value here and elsewhere: the codec's enumerations are no enum.IntEnum, whatever its stub says; they cannot be hashed or ordered.
_FOR_NOW = frozenset(
    {
        ConnAckReasonCode.SERVER_UNAVAILABLE.value,
        ConnAckReasonCode.SERVER_BUSY.value,
        ConnAckReasonCode.QUOTA_EXCEEDED.value,
        ConnAckReasonCode.USE_ANOTHER_SERVER.value,
        ConnAckReasonCode.SERVER_MOVED.value,
        ConnAckReasonCode.CONNECTION_RATE_EXCEEDED.value,
    }
)


def _words(reason: ConnAckReasonCode | DisconnectReasonCode | SubAckReasonCode) -> str:
    return f"{reason.name.lower().replace('_', ' ')} ({reason.value})"


_LONGEST = 200
"""Characters that we repeat of what a broker says."""


class MqttError(Exception):
    """Anything that this package raises about a connection; catch it to try again."""


class BrokerUnreachable(MqttError):
    """Nobody answered at the address, or not in MQTT or not with a certificate that we trust."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        msg = f"cannot reach {url}: {why}"
        super().__init__(msg)


class ConnectRefused(MqttError):
    """The broker answered and said no. `ours` tells whether our configuration is to blame or the broker's state."""

    def __init__(self, reason: ConnAckReasonCode, text: str | None = None) -> None:
        self.reason = reason
        msg = f"the broker refused the connection: {_words(reason)}{f', {printable(text, _LONGEST)}' if text else ''}"
        super().__init__(msg)

    @property
    def ours(self) -> bool:
        """True when trying again without changing anything is unlikely to help."""
        return self.reason.value not in _FOR_NOW


class SubscribeRefused(MqttError):
    """The broker will not deliver a subscription, or only with a lower QoS than asked for."""

    def __init__(self, pattern: str, reason: SubAckReasonCode) -> None:
        self.pattern = pattern
        self.reason = reason
        msg = f"the broker refused the subscription to {pattern!r}: {_words(reason)}"
        super().__init__(msg)


class ConnectionLost(MqttError):
    """The connection was there and is gone; what was not acknowledged is unknown. `reason` is the broker's, if it gave one."""

    def __init__(self, why: str, reason: DisconnectReasonCode | None = None) -> None:
        self.reason = reason
        msg = f"{why}: {_words(reason)}" if reason is not None else why
        super().__init__(msg)


class SessionTakenOver(ConnectionLost):
    """Another client uses our client id. Connecting again would only start a fight: stop and say so."""

    def __init__(self) -> None:
        super().__init__("another client connected with our client id", DisconnectReasonCode.SESSION_TAKEN_OVER)


class ProtocolFault(MqttError):
    """The broker sent what MQTT 5 or our CONNECT forbids. `reason` is what the DISCONNECT tells it."""

    def __init__(self, reason: DisconnectReasonCode, why: str) -> None:
        self.reason = reason
        msg = f"{_words(reason)}: {why}"
        super().__init__(msg)


class PublishQueueFull(MqttError):
    """More is waiting for the broker's acknowledgement than we are willing to hold: the caller publishes faster than the broker takes."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        msg = f"{waiting} messages wait to be published"
        super().__init__(msg)


class PacketTooLarge(MqttError, ValueError):
    """What we would send is more than the broker takes, by its CONNACK."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        msg = f"{what} of {size} bytes; the broker takes packets of {limit}"
        super().__init__(msg)
