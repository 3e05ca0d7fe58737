"""Hearing: what the thermometers of a site say, alone and in packs."""

from msgspec import json

from hotzone.config.devices import pack_topic
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.hearing import Hearing, hearing
from hotzone.sensors.samples import NONE
from support.site_text import SMALL, site_of

SITE = site_of(SMALL)
ONE, TWO = (next(sensor for sensor in SITE.sensors if sensor.gateway == rack) for rack in ("A1-r01", "A1-r02"))
PLACES = [SITE.sensors.index(one) for one in (ONE, TWO)]
PACK = pack_topic(SITE, "h1", ONE)


def pack(*records: object) -> bytes:
    return json.encode(records)


def test_readings_come_in_the_order_of_their_frames_alone_and_in_packs() -> None:
    heard = Hearing(SITE)(
        [
            Frame(1, TWO.topic, b"21.0"),
            Frame(2, PACK, pack({"id": ONE.id, "value": 22.0, "sequence": 4}, {"id": ONE.id, "value": 22.5, "sequence": 5})),
            Frame(3, Own.TICK, b"{}"),
            Frame(4, TWO.topic, b'{"value":23.0,"sequence":9}'),
        ]
    )
    assert heard.frame.tolist() == [0, 1, 1, 3]
    assert heard.place.tolist() == [PLACES[1], PLACES[0], PLACES[0], PLACES[1]]
    assert heard.celsius.tolist() == [21.0, 22.0, 22.5, 23.0]
    assert heard.sequence.tolist() == [NONE, 4, 5, 9]
    assert heard.measured_at.tolist() == [NONE] * 4
    assert heard.faults == []


def test_a_gateway_speaks_for_its_own_thermometers_only() -> None:
    heard = Hearing(SITE)(
        [Frame(1, PACK, pack({"id": TWO.id, "value": 99.0}, {"id": "nobody", "value": 99.0}, {"id": ONE.id, "value": 22.0}))]
    )
    assert heard.place.tolist() == [PLACES[0]]
    assert [(fault.frame, str(fault.reason)) for fault in heard.faults] == [(0, "unknown-sensor")] * 2
    assert json.decode(heard.faults[0].text)["id"] == TWO.id


def test_faults_name_their_frame_and_what_of_it() -> None:
    frames = [Frame(1, ONE.topic, b"x"), Frame(2, PACK, b"[]"), Frame(3, ONE.topic, b"22.0"), Frame(4, TWO.topic, b"")]
    heard = Hearing(SITE)(frames)
    assert heard.frame.tolist() == [2]
    assert sorted((fault.frame, str(fault.reason), fault.text) for fault in heard.faults) == [
        (0, "not-a-number", b"x"),
        (1, "empty", b"[]"),
        (3, "empty", b""),
    ]


def test_it_knows_the_topics_on_which_readings_come() -> None:
    hear = Hearing(SITE)
    assert (ONE.topic in hear, PACK in hear, "dc/nobody" in hear) == (True, True, False)
    assert (hear.place(ONE.topic, None), hear.place(PACK, ONE.id), hear.place(PACK, TWO.id)) == (PLACES[0], PLACES[0], None)
    assert hear([]).frame.tolist() == []


def test_all_who_hear_a_site_share_what_knows_its_topics() -> None:
    assert hearing(SITE) is (shared := hearing(SITE))
    other = site_of(SMALL)
    assert other == SITE
    assert hearing(other) is not shared, "an index of another site would have to be compared thermometer by thermometer"
