"""Which payloads have a shape; that they come back to the byte is tested by the chunk."""

from hotzone.sensors.recording.shapes import split


def test_payloads_too_long_for_a_shape_are_kept_as_they_are_among_others_and_alone() -> None:
    pack, reading = b"[" + b'{"value":23.46},' * 200 + b"]", b'{"value":23.46}'
    assert split([pack] * 20) == []
    (shape,) = split([pack, reading] * 20)
    assert shape.rows.tolist() == list(range(1, 40, 2))
