"""A snapshot: the state in MessagePack, compressed zone by zone, so that it is never held as a whole.

It is a row of zstandard frames: one with what comes before the zones, one for each zone, one with the rest. Expanded they are one
`PipelineState`; a snapshot of an earlier version, which is that without frames, is read as well.
"""

from collections.abc import Iterable
from typing import Final

import zstandard
from msgspec import msgpack

from .state import HallState, PipelineState, ZoneState

MOST: Final = 100 * 1024 * 1024
"""Bytes that a snapshot may expand to."""

_MAP_OF_THREE: Final = b"\x83"
_MAP: Final = b"\xdf"
"""Its length follows."""

_encode: Final = msgpack.Encoder().encode
_decode: Final = msgpack.Decoder(PipelineState).decode


def zone_frame(zone: str, state: ZoneState) -> bytes:
    """The frame of one zone."""
    return _compressed(_encode(zone) + _encode(state))


def snapshot_of(at: int, zones: Iterable[bytes], hall: HallState) -> bytes:
    """The whole, of the frames of all zones."""
    frames = list(zones)
    head = _MAP_OF_THREE + _encode("at") + _encode(at) + _encode("zones") + _MAP + len(frames).to_bytes(4, "big")
    return b"".join([_compressed(head), *frames, _compressed(_encode("hall") + _encode(hall))])


def state_of(blob: bytes) -> PipelineState:
    """The state back.

    Raises:
        ValueError, MsgspecError: it is no snapshot, or none of this version.
    """
    return _decode(expanded(blob))


def expanded(blob: bytes) -> bytes:
    """The MessagePack of a snapshot. Raises ValueError."""
    if not blob.startswith(zstandard.FRAME_HEADER):
        return blob
    try:
        found = zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read(MOST + 1)
    except zstandard.ZstdError as error:
        msg = f"it cannot be expanded: {error}"
        raise ValueError(msg) from None
    if len(found) > MOST:
        msg = f"it expands to more than {MOST} bytes"
        raise ValueError(msg)
    return found


def _compressed(part: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(part)
