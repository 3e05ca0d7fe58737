"""A gateway forgets what is safe, and sends the rest again."""

import json

from hotzone.sensors.hall.store import Store
from hotzone.sensors.mqtt import Draft


def drafts(*numbers: int, topic: str = "a") -> list[Draft]:
    return [Draft(topic, b'{"value":1,"sequence":%d}' % number) for number in numbers]


def kept(*numbers: int, **options: int) -> Store:
    store = Store(**options)
    for draft in drafts(*numbers):
        store.keep(draft)
    return store


def confirmed(*numbers: int, topic: str = "a") -> bytes:
    return json.dumps({topic: numbers}).encode()


def test_what_is_confirmed_is_forgotten() -> None:
    store = kept(1, 2, 3)
    assert store.confirm(confirmed(1, 2, 3)) == []
    assert len(store) == 0


def test_what_was_passed_over_is_sent_again_in_order_and_what_is_under_way_is_not() -> None:
    store = kept(1, 2, 3, 4, 5, 6)
    assert store.confirm(confirmed(2, 4)) == drafts(1, 3)
    assert len(store) == 4
    assert store.repeated == 2


def test_a_repeat_has_time_to_arrive_before_it_is_repeated() -> None:
    store = kept(1, 2, 3, 4, 5, 6)
    assert [len(store.confirm(confirmed(number))) for number in (2, 3, 4, 5)] == [1, 0, 0, 1]
    assert store.confirm(confirmed(1, 6)) == []
    assert len(store) == 0


def test_another_thermometer_confirms_nothing() -> None:
    store = kept(1, 2)
    assert store.confirm(confirmed(9, topic="b")) == []
    assert len(store) == 2


def test_the_store_has_an_end() -> None:
    store = kept(1, 2, 3, 4, 5, most=3)
    assert len(store) == 3
    assert store.lost == 2


def test_what_cannot_be_confirmed_is_not_kept_and_nonsense_confirms_nothing() -> None:
    store = kept(1)
    store.keep(Draft("a", b"24.0"))
    assert len(store) == 1
    for payload in (b"", b"[]", b'{"a":1}', b'{"a":["x"]}', b'{"a":[]}'):
        assert store.confirm(payload) == []
    assert len(store) == 1
