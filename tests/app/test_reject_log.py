import pytest
from structlog.testing import capture_logs

from hotzone.app.reject_log import EVERY, RejectLog
from hotzone.pipeline import Rejected


class Watch:
    now = 5

    def __call__(self) -> int:
        return self.now


def letters(reason: str, count: int, topic: str = "t") -> list[Rejected]:
    return [Rejected(number, topic, b"x", reason) for number in range(count)]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_the_first_of_each_reason_is_said_at_once(watch: Watch) -> None:
    log = RejectLog(watch)
    with capture_logs() as lines:
        log(letters("empty", 1, "a") + letters("not-json", 1, "b") + letters("empty", 1, "c"))
    assert [(line["reason"], line["count"], line["topic"]) for line in lines] == [("empty", 1, "a"), ("not-json", 1, "b")]
    assert {line["log_level"] for line in lines} == {"warning"}


def test_a_flood_is_a_line_in_ten_seconds_that_counts_it(watch: Watch) -> None:
    log = RejectLog(watch)
    with capture_logs() as lines:
        for second in range(31):
            watch.now = 5 + second * EVERY // 10
            log(letters("empty", 1000))
    assert [line["count"] for line in lines] == [1, 10_000, 10_000, 10_000]


def test_nothing_is_said_of_nothing(watch: Watch) -> None:
    with capture_logs() as lines:
        RejectLog(watch)([])
    assert lines == []
