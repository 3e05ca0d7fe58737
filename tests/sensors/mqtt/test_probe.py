from mqtt5 import PubAckReasonCode

from hotzone.sensors.mqtt.probe import DEAF_TICKS, Probe, Verdict


def never(_code: PubAckReasonCode) -> None:
    raise AssertionError


def test_three_ticks_of_silence_are_the_end() -> None:
    probe = Probe("a", never)
    assert [probe.tick(0, paused=False) for _ in range(3)] == [Verdict.ALIVE, Verdict.ALIVE, Verdict.SILENT]
    assert not probe.proven


def test_a_nonce_that_comes_back_starts_the_count_again() -> None:
    probe = Probe("a", never)
    verdicts = []
    for tick in range(20):
        nonce = probe.nonce()
        if tick % 3 == 0:
            probe.returned(nonce)
        verdicts.append(probe.tick(0, paused=False))
    assert set(verdicts) == {Verdict.ALIVE}
    assert probe.proven


def test_the_nonce_of_another_connection_proves_nothing() -> None:
    probe = Probe("a", never)
    probe.returned(Probe("b", never).nonce())
    assert [probe.tick(0, paused=False) for _ in range(3)][-1] is Verdict.SILENT


def test_readings_without_a_nonce_are_believed_for_longer_and_not_for_ever() -> None:
    probe = Probe("a", never)
    verdicts = [probe.tick(tick + 1, paused=False) for tick in range(DEAF_TICKS)]
    assert verdicts == [Verdict.ALIVE] * (DEAF_TICKS - 1) + [Verdict.DEAF]


def test_our_own_pause_is_not_the_brokers_silence() -> None:
    probe = Probe("a", never)
    assert {probe.tick(0, paused=True) for _ in range(30)} == {Verdict.ALIVE}


def test_a_broker_that_forbids_probing_is_alive_and_told_of_once() -> None:
    told: list[PubAckReasonCode] = []
    probe = Probe("a", told.append)
    for _ in range(30):
        probe.answered(PubAckReasonCode.NOT_AUTHORIZED)
        assert probe.tick(0, paused=False) is Verdict.ALIVE
    assert told == [PubAckReasonCode.NOT_AUTHORIZED]


def test_an_accepted_probe_that_nobody_gets_back_proves_nothing() -> None:
    probe = Probe("a", never)
    probe.answered(PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)
    assert not probe.proven
