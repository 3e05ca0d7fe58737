"""Gateways: a pack heard together says what its records say one by one, the first time and when its names are known."""

from typing import Final

import pytest
from corpus.lines import Line, load
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from hotzone.config.units import SECOND
from hotzone.sensors import gateways
from hotzone.sensors.frame import Frame
from hotzone.sensors.gateways import Fault, Gateways
from hotzone.sensors.packs import unpack
from hotzone.sensors.payload import PayloadError, Reason
from hotzone.sensors.samples import NONE
from support.site_text import SMALL, site_of

SITE: Final = site_of(SMALL)
AT: Final = 1_700_000_100 * SECOND
T: Final = 1_700_000_000
GATEWAY: Final = 0
NUMBER: Final = 7
"""Of the frame."""
IDS: Final = [sensor.id for sensor in SITE.sensors]
PREFIX: Final = IDS[0].rpartition("/")[0] + "/"
NAMES: Final = [sensor.removeprefix(PREFIX) for sensor in IDS if sensor.startswith(PREFIX)]

Row = tuple[int, int, float, int, int]


def heard(hearing: Gateways, payload: bytes) -> tuple[list[Row], list[Fault]]:
    faults: list[Fault] = []
    rows = hearing.rows(GATEWAY, NUMBER, Frame(AT, hearing.topics[GATEWAY], payload), faults)
    return list(zip(*[column.tolist() for column in rows], strict=True)), faults


def one_by_one(hearing: Gateways, payload: bytes) -> tuple[list[Row], list[Fault]]:
    try:
        records = unpack(payload, AT)
    except PayloadError as error:
        return [], [Fault(NUMBER, error.reason, payload)]
    rows, faults = list[Row](), list[Fault]()
    for sensor, sample, reason, text in records:
        place = hearing.place(GATEWAY, sensor)
        if sample is None or place is None:
            faults.append(Fault(NUMBER, reason or Reason.UNKNOWN_SENSOR, text))
        else:
            said = [NONE if value is None else value for value in (sample.measured_at, sample.sequence)]
            rows.append((NUMBER, place, sample.celsius, *said))
    return rows, faults


VALUES = st.floats(-50, 100).map(lambda value: round(value, 2)) | st.sampled_from([-300.0, None, "21"])
SHORT = st.fixed_dictionaries({"n": st.sampled_from(NAMES), "v": st.floats(-50, 100)})
SENML = st.fixed_dictionaries(
    {"n": st.sampled_from([*NAMES, "nobody"]), "v": VALUES},
    optional={"t": st.sampled_from([-5, 0, 1.5, "now"]), "u": st.sampled_from(["Cel", "K"]), "bn": st.sampled_from([PREFIX, "x/"])},
)
BASE = {"bn": PREFIX, "bt": T, "bu": "Cel"}
SENML_PACKS = st.lists(SHORT, min_size=1, max_size=5) | st.lists(SHORT | SENML, min_size=1, max_size=5)
PLAIN = st.fixed_dictionaries(
    {"id": st.sampled_from([*IDS, "nobody"]), "value": VALUES, "unit": st.just("C"), "time": st.just(T * 1000)},
    optional={"sequence": st.integers(-1, 9)},
)
PACKS = SENML_PACKS.map(lambda records: [{**BASE, **records[0]}, *records[1:]]) | st.lists(PLAIN, min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(st.lists(PACKS, min_size=1, max_size=4))
def test_packs_say_what_their_records_say_one_by_one_whatever_was_heard_before(packs: list[list[dict[str, object]]]) -> None:
    hearing = Gateways(SITE)
    for payload in map(json.encode, [*packs, *packs]):
        assert heard(hearing, payload) == one_by_one(hearing, payload)


@pytest.mark.parametrize("line", [line for line in load() if line.entry == "pack"], ids=lambda line: line.id)
def test_a_bad_pack_of_the_corpus_is_rejected_as_its_records_are(line: Line) -> None:
    hearing = Gateways(SITE)
    found = heard(hearing, line.payload_bytes)
    assert found == one_by_one(hearing, line.payload_bytes)
    assert (found[0], [str(fault.reason) for fault in found[1]]) == ([], [line.reason])


def test_the_names_of_a_pack_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hearing = Gateways(SITE)
    payload = json.encode([{**BASE, "n": NAMES[0], "v": 21.0}, {"n": NAMES[1], "v": 22.0}])
    first, again = (heard_places(hearing, payload) for _ in range(2))
    assert first is again
    turned = json.encode([{**BASE, "n": NAMES[1], "v": 21.0}, {"n": NAMES[0], "v": 22.0}])
    assert heard_places(hearing, turned) is not first
    monkeypatch.setattr(gateways, "_ORDERS", 0)
    bare = Gateways(SITE)
    assert heard_places(bare, payload) is not heard_places(bare, payload), "what has no room is not remembered"


def heard_places(hearing: Gateways, payload: bytes) -> object:
    return hearing.rows(GATEWAY, NUMBER, Frame(AT, hearing.topics[GATEWAY], payload), []).place


def test_what_is_remembered_is_bounded_by_the_thermometers() -> None:
    hearing = Gateways(SITE)
    most = gateways._ORDERS * len(SITE.sensors)
    for many in range(1, 200):
        names = [NAMES[number % len(NAMES)] for number in range(many)]
        heard(hearing, json.encode([{**BASE, "n": names[0], "v": 21.0}, *({"n": name, "v": 22.0} for name in names[1:])]))
        assert sum(len(places) for places in hearing._known.values()) <= most
