"""Packs: each record as if it had come by itself, in both forms, whatever stands beside it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotzone.config.units import MICROSECOND, MILLISECOND, SECOND
from hotzone.sensors.packs import Packed, unpack
from hotzone.sensors.payload import MAX_BYTES, PayloadError, Sample, decode

AT = 1_700_000_100 * SECOND
RECORD = b'{"id":"a","value":23.46,"unit":"C","time":1700000000123,"sequence":42}'
READ = Packed("a", Sample(23.46, 1_700_000_000_123 * MILLISECOND, 42))


def read(text: str) -> list[tuple[str, float | str, int | None]]:
    """Name, value or reason, time."""
    return [
        (one.sensor, one.sample.celsius, one.sample.measured_at) if one.sample else ("", str(one.reason), None)
        for one in unpack(text.encode(), AT)
    ]


def test_a_plain_pack_says_what_each_record_would_by_itself() -> None:
    first, second = unpack(b"[" + RECORD + b"," + RECORD.replace(b'"a"', b'"b"') + b"]", AT)
    assert (first[:3], second[:3]) == (READ[:3], ("b", *READ[1:3]))


def test_the_long_way_of_reading_comes_to_the_same() -> None:
    (one,) = unpack(b"[" + RECORD.replace(b"}", b',"more":1}') + b"]", AT)
    assert one[:3] == READ[:3]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('{"value":1}', "unknown-sensor"),
        ('{"id":7,"value":1}', "unknown-sensor"),
        ('{"id":"a"}', "no-value"),
        ('{"id":"a","value":null}', "no-value"),
        ('{"id":"a","value":"21"}', "not-a-number"),
        ('{"id":"a","value":1,"unit":"%RH"}', "unknown-unit"),
        ('{"id":"a","value":-300}', "below-absolute-zero"),
        ('{"id":"a","value":1,"value":2}', "duplicate-key"),
        ('{"id":"a","id":"b","value":1}', "duplicate-key"),
        ('{"id":"a","value":23.46,"unit":"C","time":1700000000123,"sequence":42,"id":"b"}', "duplicate-key"),
        ('{"id":"a","value":1e999}', "not-finite"),
        ('{"id":"a","value":1,"time":5}', "bad-time"),
        ('{"id":"a","value":1,"sequence":-1}', "bad-sequence"),
        ("{}", "unknown-sensor"),
    ],
)
def test_a_record_that_is_no_reading_is_rejected_by_itself(record: str, reason: str) -> None:
    first, bad, last = unpack(f"[{RECORD.decode()},{record},{RECORD.decode()}]".encode(), AT)
    assert (first[:3], last[:3]) == (READ[:3], READ[:3])
    assert (bad.sample, str(bad.reason)) == (None, reason)
    assert bad.text


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"[]", "empty"),
        (RECORD, "not-a-pack"),
        (b"23.4", "not-a-pack"),
        (b"[1]", "not-a-pack"),
        (b"[[1]]", "not-a-pack"),
        (b"null", "not-a-pack"),
        (b"[" + RECORD, "not-json"),
        (b"[" * 5000, "not-json"),
        (b"\xff", "not-utf8"),
        (b"[" + RECORD + b" " * MAX_BYTES + b"]", "too-large"),
    ],
)
def test_what_is_no_pack_is_rejected_whole(payload: bytes, reason: str) -> None:
    with pytest.raises(PayloadError) as error:
        unpack(payload, AT)
    assert str(error.value.reason) == reason


T = 1_700_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'[{{"n":"a","u":"Cel","t":{T},"v":21.5}}]', [("a", 21.5, T * SECOND)]),
        (
            f'[{{"bn":"r1/","bt":{T},"bu":"Cel","n":"a","v":21}},{{"n":"b","t":-5,"v":22}}]',
            [("r1/a", 21.0, T * SECOND), ("r1/b", 22.0, (T - 5) * SECOND)],
        ),
        ('[{"n":"a","v":21}]', [("a", 21.0, AT)]),
        ('[{"n":"a","t":-10,"v":21}]', [("a", 21.0, AT - 10 * SECOND)]),
        (f'[{{"n":"a","t":{T}.25,"v":21}}]', [("a", 21.0, T * SECOND + 250_000 * MICROSECOND)]),
        ('[{"bn":"a","bv":20,"v":1.5},{"v":2},{"bv":10,"v":2}]', [("a", 21.5, AT), ("a", 22.0, AT), ("a", 12.0, AT)]),
        ('[{"bn":"r/","bu":"K"},{"n":"a","v":300},{"n":"b","v":21,"u":"Cel"}]', [("r/a", 26.85, AT), ("r/b", 21.0, AT)]),
        ('[{"n":"a","vs":"on"},{"n":"a","vb":true},{"n":"a","v":21}]', [("", "not-a-number", None)] * 2 + [("a", 21.0, AT)]),
        ('[{"n":"a"},{"n":"a","v":21}]', [("", "no-value", None), ("a", 21.0, AT)]),
        ('[{"n":"a","v":true},{"n":"a","bv":1,"v":"x"}]', [("", "not-a-number", None)] * 2),
        ('[{"n":"h","u":"%RH","v":40}]', [("", "unknown-unit", None)]),
        ('[{"bver":11,"n":"a","v":21},{"n":"a","v":21}]', [("", "not-a-pack", None)] * 2),
        ('[{"n":"a","v":21,"x_":1},{"n":"a","v":21,"x":1}]', [("", "not-a-pack", None), ("a", 21.0, AT)]),
        ('[{"n":7,"v":21},{"bn":"a","v":1,"v":2}]', [("", "unknown-sensor", None), ("", "duplicate-key", None)]),
        ('[{"n":"a","t":"now","v":21},{"n":"a","t":1e30,"v":21}]', [("", "bad-time", None)] * 2),
        (f'[{{"n":"a","bv":1{"0" * 390},"v":0.5}}]', [("", "not-a-number", None)]),
    ],
)
def test_senml_is_resolved_as_its_standard_says(text: str, expected: list[Any]) -> None:
    assert read(text) == expected


KEYS = st.sampled_from(["id", "value", "unit", "time", "sequence", "bn", "bt", "bu", "bv", "bver", "n", "u", "v", "t", "s", "x_", "more"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "C", "Cel", ""]) | st.just([])
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)


@settings(deadline=None)
@given(
    st.binary(max_size=40) | st.lists(JSON, max_size=4).map(lambda value: repr(value).replace("'", '"').replace("None", "null").encode())
)
def test_whatever_comes_it_is_records_or_one_reason(payload: bytes) -> None:
    try:
        records = list(unpack(payload, AT))
    except PayloadError:
        return
    for one in records:
        assert (one.sample is None) != (one.reason is None)


@given(st.floats(-200, 1000), st.integers(1_000_000_000_000, 9_000_000_000_000), st.integers(0, 2**63 - 1))
def test_a_record_is_to_the_last_bit_what_its_payload_is_alone(value: float, time: int, sequence: int) -> None:
    text = f'"value":{value!r},"unit":"C","time":{time},"sequence":{sequence}}}'
    (one,) = unpack(f'[{{"id":"a",{text}]'.encode(), AT)
    assert one.sample == decode(f"{{{text}".encode())
