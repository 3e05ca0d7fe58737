import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt5 import (
    ConnAckPacket,
    DisconnectPacket,
    DisconnectReasonCode,
    Packet,
    PingRespPacket,
    PubAckPacket,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubAckReasonCode,
)

from hotzone.sensors.mqtt.wire import MAX_PACKET, Decoder, declared_length, encode_pubacks

# The codec's panic on a string that is not UTF-8 leaves an exception behind that pytest reports.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CATALOGUE: list[Packet] = [
    ConnAckPacket(session_present=True, receive_max=10, server_keep_alive=5),
    PublishPacket("dc/h/A1/r1/in-top", b'{"value":23.5}'),
    PublishPacket("dc/h/A1/r1/in-top", b"x" * 300, qos=QoS.AT_LEAST_ONCE, packet_id=7, duplicate=True, message_expiry_interval=3),
    PublishPacket("t", b"", qos=QoS.AT_LEAST_ONCE, packet_id=65535, retain=True),
    PubAckPacket(9),
    SubAckPacket(1, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]),
    PingRespPacket(),
    DisconnectPacket(reason_code=DisconnectReasonCode.SERVER_SHUTTING_DOWN),
]
STREAM = b"".join(packet.write() for packet in CATALOGUE)


def feed(decoder: Decoder, data: bytes) -> list[Packet]:
    decoder.room()[: len(data)] = data
    packets, fault = decoder.advance(len(data))
    if fault is not None:
        raise fault
    return packets


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_packets_are_whole_wherever_the_stream_is_cut(cut: int) -> None:
    decoder = Decoder()
    packets = feed(decoder, STREAM[:cut]) + feed(decoder, STREAM[cut:])
    assert [packet.write() for packet in packets] == [packet.write() for packet in CATALOGUE]


def test_packets_are_whole_when_bytes_come_one_by_one() -> None:
    decoder = Decoder()
    packets = [packet for byte in STREAM for packet in feed(decoder, bytes([byte]))]
    assert [packet.write() for packet in packets] == [packet.write() for packet in CATALOGUE]


def test_a_packet_of_the_largest_size_goes_through() -> None:
    largest = PublishPacket("t", b"x" * (MAX_PACKET - 8))
    assert len(largest.write()) == MAX_PACKET
    decoder = Decoder()
    for _ in range(3):
        [packet] = feed(decoder, largest.write())
        assert isinstance(packet, PublishPacket)
        assert len(packet.payload) == MAX_PACKET - 8


@pytest.mark.parametrize("seen", [5, MAX_PACKET + 1])
def test_a_larger_packet_is_refused_as_soon_as_its_header_is_seen(seen: int) -> None:
    data = PublishPacket("t", b"x" * (MAX_PACKET - 7)).write()
    decoder = Decoder()
    decoder.room()[:seen] = data[:seen]
    packets, fault = decoder.advance(seen)
    assert packets == []
    assert fault is not None
    assert fault.reason is DisconnectReasonCode.PACKET_TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x00\x00", id="packet type 0"),
        pytest.param(b"\x20\xff\xff\xff\xff\xff", id="remaining length that never ends"),
        pytest.param(b"\x36\x06\x00\x01a\x00\x01\x00", id="QoS 3"),
        pytest.param(b"\x30\x00", id="PUBLISH without a topic"),
        pytest.param(b"\x32\x03\x00\x05a", id="topic longer than the packet"),
        pytest.param(b"\x30\x05\x00\x01\xff\x00a", id="topic that is not UTF-8"),
        pytest.param(b"\x30\x04\x00\x00\x00a", id="empty topic without an alias"),
        pytest.param(b"\x40\x03\x00\x01\x55", id="unknown PUBACK reason"),
        pytest.param(b"\xe0\x01\x55", id="unknown DISCONNECT reason"),
        pytest.param(b"\x20\x03\x00\x77\x00", id="unknown CONNACK reason"),
        pytest.param(b"\xd0\x01\x00", id="PINGRESP with a body"),
    ],
)
def test_malformed_packets_are_faults_and_what_came_before_them_counts(data: bytes) -> None:
    decoder = Decoder()
    before = PublishPacket("t", b"1").write()
    decoder.room()[: len(before + data)] = before + data
    packets, fault = decoder.advance(len(before + data))
    assert [packet.write() for packet in packets] == [before]
    assert fault is not None
    assert fault.reason is DisconnectReasonCode.MALFORMED_PACKET


@given(st.binary(max_size=200))
def test_no_bytes_make_the_decoder_raise_or_wait_for_what_it_has(data: bytes) -> None:
    decoder = Decoder()
    decoder.room()[: len(data)] = data
    _, fault = decoder.advance(len(data))
    if fault is None:
        rest = data[len(data) - (len(Decoder().room()) - len(decoder.room())) :]
        length = declared_length(memoryview(rest))
        assert length is None or length > len(rest)


@given(st.integers(0, len(STREAM) * 8 - 1))
def test_one_flipped_bit_never_makes_the_decoder_raise(bit: int) -> None:
    data = bytearray(STREAM)
    data[bit // 8] ^= 1 << bit % 8
    decoder = Decoder()
    decoder.room()[: len(data)] = data
    decoder.advance(len(data))


@pytest.mark.parametrize("identifiers", [[], [1], [1, 2, 65535, 256]])
def test_pubacks_are_what_the_codec_writes(identifiers: list[int]) -> None:
    assert encode_pubacks(identifiers) == b"".join(PubAckPacket(identifier).write() for identifier in identifiers)
