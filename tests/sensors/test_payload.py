import json
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotzone.sensors import payload as module
from hotzone.sensors.payload import MAX_BYTES, PayloadError, Reason, Sample, decode
from support.payload_corpus import ACCEPTED, NOW, REJECTED, STANDARD, Case, Expected

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["C", "F", "K"])
KEYS = st.sampled_from(["value", "unit", "time", "sequence", "temp", "ts", "seq", "x"])


def verdict(payload: bytes) -> Expected:
    try:
        sample = decode(payload)
    except PayloadError as error:
        return error.reason
    return sample.celsius, sample.measured_at, sample.sequence


def careful_verdict(payload: bytes) -> Expected:
    try:
        sample = module._decode_carefully(payload, None)
    except PayloadError as error:
        return error.reason
    return sample.celsius, sample.measured_at, sample.sequence


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case[0])
def test_what_can_be_read_in_one_way_is_read_so(case: Case) -> None:
    assert verdict(case[1]) == case[2]


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case[0])
def test_what_is_no_reading_is_rejected_with_its_reason(case: Case) -> None:
    assert verdict(case[1]) == case[2]


@pytest.mark.parametrize("case", [case for case in ACCEPTED + REJECTED if len(case[1]) <= MAX_BYTES], ids=lambda case: case[0])
def test_the_hot_path_says_what_the_careful_one_says(case: Case) -> None:
    assert verdict(case[1]) == careful_verdict(case[1])


def test_every_reason_is_in_the_corpus() -> None:
    assert {case[2] for case in REJECTED} == set(Reason) - {Reason.NOT_A_PACK, Reason.UNKNOWN_SENSOR}  # of packs


def test_minus_nought_is_nought() -> None:
    for text in (b"-0.0", b"-0", b'{"value":-0.0}', STANDARD.replace(b"23.46", b"-0.0")):
        assert math.copysign(1, decode(text).celsius) == 1


def test_every_cut_of_a_good_payload_is_rejected() -> None:
    for end in range(len(STANDARD)):
        with pytest.raises(PayloadError):
            decode(STANDARD[:end])


def test_no_flipped_bit_is_more_than_another_reading_or_a_rejection() -> None:
    for position in range(len(STANDARD) * 8):
        flipped = bytearray(STANDARD)
        flipped[position // 8] ^= 1 << position % 8
        assert verdict(bytes(flipped)) == careful_verdict(bytes(flipped))


def test_a_time_without_a_zone_is_taken_in_the_zone_that_was_given() -> None:
    sample = decode(b'{"value":21,"time":"2023-11-14T23:13:20.123"}', ZoneInfo("Europe/Berlin"))
    assert sample.measured_at == NOW


def test_the_zone_of_the_payload_is_stronger_than_the_one_given() -> None:
    assert decode(b'{"value":21,"time":"2023-11-14T22:13:20.123Z"}', ZoneInfo("Europe/Berlin")).measured_at == NOW


def test_the_message_is_short_and_safe_to_log() -> None:
    for _, text, _ in REJECTED:
        with pytest.raises(PayloadError) as caught:
            decode(text)
        message = str(caught.value)
        assert len(message) < 160
        assert message.isascii()
        assert message.isprintable()


@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_but_a_payload_error_is_raised(payload: bytes) -> None:
    assert verdict(payload) == careful_verdict(payload)


@given(st.lists(st.tuples(KEYS, SCALARS), max_size=6))
def test_whatever_the_object_says_both_paths_agree(pairs: list[tuple[str, object]]) -> None:
    text = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}"
    assert verdict(text.encode()) == careful_verdict(text.encode())


@given(st.floats(min_value=-273.15, max_value=1e6), st.integers(1_000_000_000_000, 9_223_372_035_999), st.integers(0, 2**63 - 1))
def test_what_the_documented_form_says_is_what_is_read(celsius: float, milliseconds: int, sequence: int) -> None:
    text = json.dumps({"value": celsius, "unit": "C", "time": milliseconds, "sequence": sequence})
    assert decode(text.encode()) == Sample(celsius, milliseconds * 1_000_000, sequence)
    assert decode(repr(celsius).encode()) == Sample(celsius)


def test_every_reason_and_every_key_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "payloads.md").read_text(encoding="utf-8")
    for word in (*Reason, *module._NAMES):
        assert f"`{word}`" in page
