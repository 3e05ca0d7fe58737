from mqtt5 import PubAckReasonCode

from hotzone.sensors.mqtt.probe import DEAF_TICKS, Probe, Verdict


def never(_why: str) -> None:
    raise AssertionError


def test_three_ticks_of_silence_are_the_end() -> None:
    probe = Probe("a", 1, never)
    assert [probe.tick(0, paused=False) for _ in range(3)] == [Verdict.ALIVE, Verdict.ALIVE, Verdict.SILENT]
    assert not probe.proven


def test_a_nonce_that_comes_back_starts_the_count_again() -> None:
    probe = Probe("a", 1, never)
    verdicts = []
    for tick in range(20):
        nonce = probe.nonce()
        if tick % 3 == 0:
            probe.returned(nonce)
        verdicts.append(probe.tick(0, paused=False))
    assert set(verdicts) == {Verdict.ALIVE}
    assert probe.proven


def test_the_nonce_of_another_connection_proves_nothing() -> None:
    probe = Probe("a", 1, never)
    probe.returned(Probe("a", 2, never).nonce())
    assert [probe.tick(0, paused=False) for _ in range(3)][-1] is Verdict.SILENT
    assert not probe.others


def test_the_nonce_of_another_process_is_told_apart() -> None:
    probe = Probe("a", 1, never)
    probe.returned(b"what somebody else wrote")
    assert not probe.others
    probe.returned(Probe("b", 1, never).nonce())
    assert probe.others == {b"b"}


def test_a_flipped_bit_in_a_nonce_makes_no_rival_and_proves_nothing() -> None:
    nonce = Probe("a5", 1, never).nonce()
    for place in range(8 * len(nonce)):
        hurt = bytearray(nonce)
        hurt[place // 8] ^= 1 << place % 8
        probe = Probe("a5", 1, never)
        probe.returned(bytes(hurt))
        assert not probe.others
        assert not probe.proven


def test_readings_without_a_nonce_are_believed_for_longer_and_not_for_ever() -> None:
    probe = Probe("a", 1, never)
    probe.returned(probe.nonce())
    probe.tick(0, paused=False)
    verdicts = [probe.tick(tick + 1, paused=False) for tick in range(DEAF_TICKS)]
    assert verdicts == [Verdict.ALIVE] * (DEAF_TICKS - 1) + [Verdict.DEAF]


def test_our_own_pause_is_not_the_brokers_silence() -> None:
    probe = Probe("a", 1, never)
    assert {probe.tick(0, paused=True) for _ in range(30)} == {Verdict.ALIVE}


def test_a_broker_that_forbids_probing_is_alive_and_told_of_once() -> None:
    told: list[str] = []
    probe = Probe("a", 1, told.append)
    for _ in range(30):
        probe.answered(PubAckReasonCode.NOT_AUTHORIZED)
        assert probe.tick(0, paused=False) is Verdict.ALIVE
    assert told == ["is refused: not authorized (135)"]


def test_a_probe_that_never_came_back_while_readings_did_is_told_of_once() -> None:
    told: list[str] = []
    probe = Probe("a", 1, told.append)
    assert {probe.tick(tick + 1, paused=False) for tick in range(3 * DEAF_TICKS)} == {Verdict.ALIVE}
    assert told == ["does not come back: check the broker's access rules"]


def test_an_accepted_probe_that_nobody_gets_back_proves_nothing() -> None:
    probe = Probe("a", 1, never)
    probe.answered(PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)
    assert not probe.proven
