"""Timers as data."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from hotzone.pipeline.timeline import NEVER, Timeline, Timer

names = st.sampled_from(["a", "b", "c"])
steps = st.one_of(
    st.tuples(st.just("set"), names, st.integers(0, 50)),
    st.tuples(st.just("cancel"), names, st.just(0)),
    st.tuples(st.just("advance"), st.just(""), st.integers(0, 20)),
)


@given(st.lists(steps))
def test_it_fires_what_a_plain_model_fires_also_from_a_snapshot(script: list[tuple[str, str, int]]) -> None:
    timeline, model, now = Timeline(), {}, 0
    for ordinal, (action, name, number) in enumerate(script):
        if action == "set":
            timeline.set("kind", now + number, name)
            model[name] = (now + number, ordinal)
        elif action == "cancel":
            timeline.cancel("kind", name)
            model.pop(name, None)
        else:
            now += number
            expected = sorted((due, order, name) for name, (due, order) in model.items() if due <= now)
            fired = []
            while (timer := timeline.pop(now)) is not None:
                fired.append(timer)
            assert fired == [Timer(due, "kind", name) for due, _, name in expected]
            model = {name: entry for name, entry in model.items() if entry[0] > now}
        assert timeline.due == min((due for due, _ in model.values()), default=NEVER)
        timeline = msgpack.decode(msgpack.encode(timeline), type=Timeline)


def test_a_timer_moved_earlier_fires_once_at_its_new_time() -> None:
    timeline = Timeline()
    timeline.set("x", 50)
    timeline.set("x", 10)
    assert timeline.pop(100) == Timer(10, "x", "")
    assert timeline.pop(100) is None


def test_cancelling_a_kind_leaves_the_others() -> None:
    timeline = Timeline()
    timeline.set("x", 1, "a")
    timeline.set("x", 2, "b")
    timeline.set("y", 3)
    timeline.cancel_kind("x")
    assert (timeline.due, timeline.is_set("x", "a"), timeline.is_set("y")) == (3, False, True)


def test_a_timer_is_moved_to_an_earlier_time_and_never_to_a_later_one() -> None:
    timeline = Timeline()
    timeline.set_by("silence", 50)
    timeline.set_by("silence", 70)
    assert timeline.due == 50
    timeline.set_by("silence", 30)
    assert [timeline.pop(100), timeline.pop(100)] == [Timer(30, "silence", ""), None]
    timeline.set_by("silence", 90)
    assert timeline.due == 90
