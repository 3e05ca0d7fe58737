"""What shapes tell is what the payloads say, to the last bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hotzone.sensors.recording.shapes import split
from hotzone.sensors.samples import decode_many
from hotzone.sensors.told import told_by

FORMS = [
    '{{"value":{value},"unit":"C","time":{time},"sequence":{sequence}}}',
    '{{"sequence": {sequence}, "time": {time}, "unit": "C", "value": {value}}}',
    '{{"value":{value},"unit":"F","time":{time},"sequence":{sequence}}}',
    '{{"value":{value},"unit":"C","time":{time}}}',
    '{{"value":{value},"value":{value},"unit":"C","time":{time},"sequence":{sequence}}}',
    '{{"value":{value}e1,"unit":"C","time":{time},"sequence":{sequence}}}',
    '{{"value":{time},"unit":"C","time":{value},"sequence":{sequence}}}',
    "{value}",
]
DIGITS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,16}|00[0-9])(\.[0-9]{1,6})?\Z")
WHOLE = st.from_regex(r"\A-?(0|[1-9][0-9]{0,17}|01|[0-9]\.0)\Z")
ROWS = st.tuples(st.just("1700000000123") | WHOLE, DIGITS, WHOLE)


def payload(form: str, time: str, value: str, sequence: str) -> bytes:
    return form.format(time=time, value=value, sequence=sequence).encode()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMS), st.lists(ROWS, min_size=1, max_size=6))
def test_what_a_shape_tells_is_what_each_payload_says(form: str, rows: list[tuple[str, str, str]]) -> None:
    payloads = [payload(form, *row) for row in rows for _ in range(8)]  # so often that they have a shape
    told, said = told_by(split(payloads), len(payloads)), decode_many(payloads)
    for row in np.flatnonzero(told.known).tolist():
        assert row not in said.faults
        known = (float(told.celsius[row]).hex(), int(told.measured_at[row]), int(told.sequence[row]))
        assert known == (said.celsius[row].hex(), said.measured_at[row], said.sequence[row])


def test_the_documented_form_is_known_by_its_shape() -> None:
    payloads = [payload(FORMS[0], "1700000000123", f"-{value}.05", str(value)) for value in range(20)]
    assert told_by(split(payloads), 20).known.all()


def test_other_forms_are_left_to_their_payloads() -> None:
    for form in FORMS[2:]:
        assert not told_by(split([payload(form, "1700000000123", "21.5", "4")] * 20), 20).known.any(), form
