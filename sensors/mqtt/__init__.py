"""The broker's side of hotzone: an MQTT 5 session that acknowledges after the commit, and the source built on it.

It knows neither what the payloads mean nor which topics a site uses, and it stores nothing: what it has not acknowledged, the
broker sends again. The embedded broker is in `embedded`, which is imported only by who needs it.
"""

from mqtt5 import PubAckReasonCode, Will

from .connect import open_session
from .errors import (
    BrokerUnreachable,
    ConnectionLost,
    ConnectRefused,
    MqttError,
    PacketTooLarge,
    ProtocolFault,
    PublishQueueFull,
    SessionTakenOver,
    SubscribeRefused,
)
from .inbox import MqttBatch
from .outgoing import Draft
from .session import Session, State
from .source import MqttSource

__all__ = [
    "BrokerUnreachable",
    "ConnectRefused",
    "ConnectionLost",
    "Draft",
    "MqttBatch",
    "MqttError",
    "MqttSource",
    "PacketTooLarge",
    "ProtocolFault",
    "PubAckReasonCode",
    "PublishQueueFull",
    "Session",
    "SessionTakenOver",
    "State",
    "SubscribeRefused",
    "Will",
    "open_session",
]
