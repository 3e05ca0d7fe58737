"""What a snapshot may be, and what is refused."""

import pytest
import zstandard
from msgspec import MsgspecError

from hotzone.config.units import SECOND
from hotzone.pipeline import Pipeline
from hotzone.pipeline.snapshots import expanded, state_of
from support.sites import EPOCH, merged, site, start, stream, zone

SITE = site(zone("A1"), zone("A2"))


@pytest.fixture(scope="module")
def snapshot() -> bytes:
    pipeline = Pipeline(SITE)
    pipeline.push(merged([start()], *(stream(one, 33.0, 1, 120) for one in SITE.zones)))
    return pipeline.snapshot()


def test_one_of_an_earlier_version_that_is_not_compressed_is_read_as_well(snapshot: bytes) -> None:
    plain = expanded(snapshot)
    assert plain != snapshot
    assert state_of(plain) == state_of(snapshot)
    assert Pipeline(SITE, plain).snapshot() == snapshot
    assert state_of(snapshot).at > EPOCH + 100 * SECOND


def test_a_part_of_one_is_refused(snapshot: bytes) -> None:
    for length in range(len(snapshot)):
        with pytest.raises((ValueError, MsgspecError)):
            state_of(snapshot[:length])


def test_one_that_expands_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotzone.pipeline.snapshots.MOST", 1000)
    state_of(Pipeline(site(zone(sensors=1))).snapshot())
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        state_of(zstandard.ZstdCompressor().compress(bytes(1001)))
