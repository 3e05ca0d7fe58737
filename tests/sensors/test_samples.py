"""Many payloads at once: to the last bit what each says by itself, whatever the others say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotzone.sensors.payload import MAX_BYTES, PayloadError, decode
from hotzone.sensors.samples import NONE, decode_many

GOOD = b'{"value":23.46,"unit":"C","time":1700000000123,"sequence":42}'
PIECES = [
    GOOD,
    b'{"value":-0.0,"unit":"C","time":1700000000124,"sequence":0}',
    b'{ "value" : 21 , "unit" : "C" , "time" : 1700000000125 , "sequence" : 7 }\r\n',
    b"23.5",
    b'{"value":75.2,"unit":"F"}',
    b'{"value":21.5,"unit":"C","time":1700000000123,"sequence":42,"sequence":43}',
    b"",
    b"{}",
    b"nan",
    # What is one object only together with its neighbours:
    GOOD + b"," + GOOD,
    b'{"value":1,"unit":"C"',
    b'"time":1700000000123,"sequence":1}',
    b'"time":1700000000123,"sequence":1},{"value":2,"unit":"C","time":1700000000123,"sequence":2}',
    b'{"value":1,"unit":"C","time":1700000000123,"sequence":1},{"value":2',
    b'"unit":"C","time":1700000000123,"sequence":2}',
    b'{"value":1,"unit":"C","time":1,"x":"}',
    b'{","sequence":1,"a":1,"b":1,"c":1}',
    b'{"value":1,"unit":"C"},{"time":1700000000123,"sequence":1}',
    b'{"value":1,"x":[1',
    b"{}]}",
    b"],[",
    b"\t",
    GOOD.replace(b",", b",\t"),
    b"[" + GOOD + b"]",
]


def one_by_one(payloads: list[bytes]) -> tuple[list[float], list[int], list[int], dict[int, str]]:
    celsius, measured_at, sequence, faults = [], [], [], {}
    for place, payload in enumerate(payloads):
        try:
            said = decode(payload)
        except PayloadError as error:
            faults[place] = str(error.reason)
            row: tuple[float, int | None, int | None] = (0.0, None, None)
        else:
            row = (said.celsius, said.measured_at, said.sequence)
        celsius.append(row[0])
        measured_at.append(NONE if row[1] is None else row[1])
        sequence.append(NONE if row[2] is None else row[2])
    return celsius, measured_at, sequence, faults


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=80))
@settings(max_examples=500, deadline=None)
def test_payloads_say_the_same_together_as_each_by_itself(payloads: list[bytes]) -> None:
    assert decode_many(payloads) == one_by_one(payloads)


@pytest.mark.parametrize("first", PIECES)
@pytest.mark.parametrize("second", PIECES)
def test_no_two_payloads_make_up_a_reading_of_a_third(first: bytes, second: bytes) -> None:
    for payloads in ([first, second], [first, second, GOOD], [GOOD, first, second, GOOD]):
        assert decode_many(payloads) == one_by_one(payloads)


def test_one_that_is_too_large_is_no_reading_among_others_either() -> None:
    payloads = [GOOD, GOOD + b" " * MAX_BYTES, GOOD]
    assert decode_many(payloads).faults == {1: "too-large"}


def test_a_number_has_no_sign_when_it_is_nought() -> None:
    assert [str(value) for value in decode_many([PIECES[1]] * 3).celsius] == ["0.0"] * 3
