from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import chunk, planes
from hotzone.sensors.recording.chunk import COLUMNS_FROM, MAX_FRAMES, Codec, decode, encode
from hotzone.sensors.recording.errors import ChunkDamaged
from support.readings import START, readings

NUMBER = st.from_regex(rb"[+-]?[0-9]{1,21}(\.[0-9]{0,9})?", fullmatch=True)
TEMPLATED = st.tuples(st.sampled_from([b'{"value":%s,"sequence":%s}', b"%s%s", b"%s.%s", b".%s-%s."]), NUMBER, NUMBER).map(
    lambda one: one[0] % one[1:]
)
PAYLOADS = st.one_of(
    TEMPLATED, NUMBER, st.binary(max_size=40), st.sampled_from([b"", b"online", b"\x00", b"\x01", b"5\x005", b"1.2.3", b"007.50"])
)


def frames_of(payloads: list[bytes], topics: int = 7) -> list[Frame]:
    random = Random(len(payloads))
    at = START
    frames = []
    for payload in payloads:
        at += random.choice([1, 1, 1000, 10**9, 10**13])
        frames.append(Frame(at, f"t/{random.randrange(topics)}", payload))
    return frames


def round_trip(frames: list[Frame]) -> Codec:
    codec, blob = encode(frames)
    assert list(decode(codec, blob, len(frames))) == frames
    return codec


@settings(max_examples=60, deadline=None)
@given(st.lists(PAYLOADS, min_size=1, max_size=60), st.integers(0, 12))
def test_whatever_the_payloads_a_chunk_in_columns_gives_them_back(payloads: list[bytes], doubled: int) -> None:
    frames = frames_of((payloads * 12)[: len(payloads) + doubled])
    blob, _ = chunk._encode_columns(frames)
    assert list(decode(Codec.COLUMNS, blob, len(frames))) == frames


@settings(max_examples=30, deadline=None)
@given(st.lists(PAYLOADS, min_size=1, max_size=20))
def test_whatever_the_payloads_a_plain_chunk_gives_them_back(payloads: list[bytes]) -> None:
    assert round_trip(frames_of(payloads)) in {Codec.PLAIN, Codec.RAW}


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b"0",
            b"-0",
            b"-0.0",
            b"00",
            b"0.0",
            b"00.00",
            b".5",
            b"5.",
            b"5.5.5",
            b"1e400",
            b"1E-05",
            b"999999999999999999",
            b"9999999999999999999",
        ),
        *(
            b"0.000000000000000001",
            b"000000000000000001",
            b"1" * 400,
            b"\x01",
            b"1\x01",
            b"\x00",
            b"1\x002",
            b"\xff\xfe",
            b"online",
            b"2023-11-14T22:13:20.050Z",
        ),
        *('{"value":２１}'.encode(), b"10.0.0.255", b"99999999999999999.9", b"0.99999999999999999", b"x" * 2000, b"1," * 40, b"1," * 400),
    ],
    ids=lambda payload: ascii(payload[:24]),
)
def test_a_payload_comes_back_to_the_byte(payload: bytes) -> None:
    assert round_trip(frames_of([payload] * COLUMNS_FROM)) in {Codec.COLUMNS, Codec.RAW}
    assert round_trip(frames_of([payload, b"21.55", payload + b"1"] * COLUMNS_FROM)) in {Codec.COLUMNS, Codec.RAW}


def test_real_readings_come_back_and_are_small() -> None:
    frames = readings(sensors=1240, periods=7)[:8192]
    codec, blob = encode(frames)
    assert codec == Codec.COLUMNS
    assert list(decode(codec, blob, len(frames))) == frames
    assert len(blob) / len(frames) < 8


def test_what_hotzone_writes_itself_is_kept_among_the_readings() -> None:
    frames = readings(sensors=240, periods=4)
    frames[10] = Frame(frames[10].at, Own.START.value, b'{"previous":null,"site":"abc","version":"0.1.0","rate":60.0,"session":false}')
    assert round_trip(frames) == Codec.COLUMNS


def test_readings_measured_at_one_instant_keep_their_order() -> None:
    assert round_trip([Frame(START + number, f"t/{number % 1240}", b"21.5") for number in range(5000)]) == Codec.COLUMNS


def test_the_largest_differences_between_numbers_come_back() -> None:
    payloads = [b"0", b"999999999999999999"] * COLUMNS_FROM
    assert round_trip(frames_of(payloads)) == Codec.COLUMNS


def test_the_earliest_and_latest_times_come_back() -> None:
    assert round_trip([Frame(at, "t", b"1") for at in (-(2**62), -1, 0, 1, 2**62)]) in {Codec.PLAIN, Codec.RAW}
    assert round_trip([Frame(number, "t", b"1") for number in range(-300, 300)]) in {Codec.COLUMNS, Codec.RAW}


def test_what_compresses_beyond_belief_is_stored_so_that_a_reader_believes_it() -> None:
    assert round_trip(frames_of([b"x" * 60_000] * 200)) == Codec.RAW
    assert round_trip(frames_of([b"x" * 8_000] * 2000)) == Codec.RAW


@pytest.mark.parametrize("codec", [*Codec, 3, -1])
def test_a_wrong_count_is_damage(codec: int) -> None:
    frames = frames_of([b"21.5", b"22"] * COLUMNS_FROM)
    blob = chunk._encode_columns(frames)[0] if codec == Codec.COLUMNS else encode(frames[:100])[1]
    for count in (0, -1, 1, 99, 101, len(frames) - 1, len(frames) + 1, MAX_FRAMES + 1, 2**63):
        with pytest.raises(ChunkDamaged):
            decode(codec, blob, count)


def test_times_that_do_not_increase_are_damage() -> None:
    for times in ([5, 5], [5, 4], [1, 2, 2]):
        blob = msgpack.encode([times, ["t"] * len(times), [b"1"] * len(times)])
        with pytest.raises(ChunkDamaged, match="increase"):
            decode(Codec.RAW, blob, len(times))


def test_a_bomb_is_refused_before_it_is_expanded() -> None:
    bomb = planes.compress(b"\x00" * 50_000_000)
    assert len(bomb) < 50_000_000 / 200
    with pytest.raises(ChunkDamaged, match="more than it may"):
        decode(Codec.PLAIN, msgpack.encode([50_000_000, bomb]), 100)


def test_a_frame_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(ChunkDamaged, match="not as long"):
        decode(Codec.PLAIN, msgpack.encode([1000, planes.compress(b"\x00" * 900_000)]), 100)


def test_every_cut_of_a_chunk_is_refused() -> None:
    frames = readings(sensors=60, periods=10)
    for codec, blob in (encode(frames), encode(frames[:20])):
        count = len(frames) if codec == Codec.COLUMNS else 20
        for end in range(0, len(blob), 7):
            with pytest.raises(ChunkDamaged):
                decode(codec, blob[:end], count)


def test_no_flipped_bit_raises_anything_else() -> None:
    frames = readings(sensors=60, periods=10)
    codec, blob = encode(frames)
    random = Random(7)
    for _ in range(1500):
        flipped = bytearray(blob)
        flipped[random.randrange(len(blob))] ^= 1 << random.randrange(8)
        try:
            back = list(decode(codec, bytes(flipped), len(frames)))
        except ChunkDamaged:
            continue
        assert len(back) == len(frames)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([*Codec]), st.integers(1, 1000))
def test_whatever_the_bytes_nothing_but_damage_is_raised(blob: bytes, codec: Codec, count: int) -> None:
    with suppress(ChunkDamaged):
        assert len(decode(codec, blob, count)) == count
