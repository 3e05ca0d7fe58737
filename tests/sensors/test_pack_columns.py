"""Packs read quickly: what is read so is to the last bit what would be read record by record, and what is usual is read so."""

from typing import Final

import pytest
from corpus.lines import Line, load
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from hotzone.config.units import SECOND
from hotzone.sensors.pack_columns import columns
from hotzone.sensors.packs import unpack
from hotzone.sensors.payload import PayloadError
from hotzone.sensors.samples import NONE

AT: Final = 1_700_000_100 * SECOND
T: Final = 1_700_000_000
Rows = list[tuple[str, float, int, int]]


def quickly(payload: bytes) -> Rows | None:
    said = columns(payload)
    if said is None:
        return None
    base, names, *numbers = said
    return list(zip([base + name for name in names], *[column.tolist() for column in numbers], strict=True))


def carefully(payload: bytes) -> Rows | None:
    """None where a record is no reading, and for no pack."""
    try:
        records = list(unpack(payload, AT))
    except PayloadError:
        return None
    rows = []
    for one in records:
        if one.sample is None:
            return None
        sequence = NONE if one.sample.sequence is None else one.sample.sequence
        rows.append((one.sensor, one.sample.celsius, one.sample.measured_at or NONE, sequence))
    return rows


NUMBERS = st.integers(-30, 30) | st.floats(-300, 300) | st.sampled_from([-0.0, -273.15, -273.16])
OFFSETS = st.sampled_from([0, T, T + 0.25, -5, -0.000_000_5]) | st.floats(-1e10, 1e10)
PLAIN = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", ""]),
        "value": NUMBERS,
        "unit": st.just("C"),
        "time": st.integers(T * 1000, T * 1000 + 9),
    },
    optional={"sequence": st.integers(-1, 9), "more": st.just(1)},
)
SENML = st.fixed_dictionaries(
    {"n": st.sampled_from(["a", "b:c"]), "v": NUMBERS},
    optional={
        "t": OFFSETS,
        "u": st.sampled_from(["Cel", "K", "%RH"]),
        "bn": st.sampled_from(["r/", ""]),
        "bt": st.sampled_from([0, T, T + 0.125]),
        "bu": st.sampled_from(["Cel", "K"]),
        "bv": NUMBERS,
        "s": st.just(1),
        "x": st.just(1),
    },
)
BASE = {"bn": "r/", "bt": T + 0.125, "bu": "Cel"}
SHORT = st.fixed_dictionaries({"n": st.sampled_from(["a", "b", "b:c"]), "v": NUMBERS})
TIMED = st.fixed_dictionaries({"n": st.sampled_from(["a", "b"]), "v": NUMBERS, "t": OFFSETS})
REGULAR = (st.lists(SHORT, min_size=1, max_size=5) | st.lists(TIMED, min_size=1, max_size=5)).map(
    lambda records: [{**BASE, **records[0]}, *records[1:]]
)
IRREGULAR = st.lists(SHORT | TIMED | SENML, min_size=1, max_size=5).map(lambda records: [{**BASE, **records[0]}, *records[1:]])
PACKS = st.lists(PLAIN, min_size=1, max_size=4) | st.lists(SENML, min_size=1, max_size=4) | REGULAR | IRREGULAR
TWICE = st.sampled_from([b"", b'"n":"z",', b'"v":1,', b'"value":1,', b'"bt":1,'])


@settings(max_examples=600, deadline=None)
@given(PACKS, TWICE)
def test_what_is_read_quickly_is_what_would_be_read_carefully(records: list[dict[str, object]], twice: bytes) -> None:
    payload = json.encode(records).replace(b"{", b"{" + twice, 1)
    quick = quickly(payload)
    assert quick is None or quick == carefully(payload)


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"n": st.text(max_size=3), "v": st.floats(-273.15, 1000)}), min_size=1, max_size=5))
def test_no_pack_in_the_usual_form_needs_care_unless_a_colon_stands_in_a_name(records: list[dict[str, object]]) -> None:
    payload = json.encode([{**BASE, **records[0]}, *records[1:]])
    assert quickly(payload) == (None if any(":" in str(one["n"]) for one in records) else carefully(payload))


@pytest.mark.parametrize("line", [line for line in load() if line.entry == "pack"], ids=lambda line: line.id)
def test_a_pack_of_the_corpus_is_not_read_quickly_unless_all_of_it_is_a_reading(line: Line) -> None:
    payload = line.payload_bytes
    quick = quickly(payload)
    assert quick is None or quick == carefully(payload)


@pytest.mark.parametrize(
    "records",
    [
        [{"id": "a", "value": 21, "unit": "C", "time": T * 1000, "sequence": 4}] * 3,
        [{**BASE, "n": "a", "v": 21.5}, {"n": "b", "v": -2}, {"n": "c", "v": 3}],
        [{**BASE, "n": "a", "v": 21.5, "t": 0}, {"n": "b", "v": -2, "t": -5.5}],
        [{**BASE, "n": "a", "v": 21.5}, {"n": "b", "v": -2}, {"n": "c", "t": 1, "v": 3}],
        [{**BASE, "n": "a", "v": 21.5}, {"n": "b", "v": -2, "bn": "s/", "bv": 3}],
        [{"n": "a", "v": 21.5, "u": "Cel", "t": T}, {"n": "b", "v": -2, "u": "Cel", "t": T + 0.25}],
    ],
)
def test_what_gateways_usually_send_is_read_quickly(records: list[dict[str, object]]) -> None:
    payload = json.encode(records)
    assert quickly(payload) == carefully(payload) is not None
