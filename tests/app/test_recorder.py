"""Recording a broker's topics without detection, for real: what arrived is there, in order, and replays under a site."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import pytest
from msgspec import json

from hotzone.app.errors import NoSite, RunFailed, UserError
from hotzone.app.recorded import line
from hotzone.app.recorder import Recorder, patterns_of, site_to_record
from hotzone.app.replay import NO_LOOP, replay
from hotzone.app.sites import check_folder
from hotzone.config.loader import loads
from hotzone.config.service import Broker
from hotzone.pipeline import RunEvent
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import NotARecording, Recording, RecordingUnwritable, RecordingWriter
from support.commands import PATIENCE_S, SITE, Command, call, hotzone
from support.mosquitto import Mosquitto
from support.waiting import until

TOPIC = "dc/h1/A1/A1-r01/in-top"


def frames(folder: Path) -> list[Frame]:
    try:
        return [frame for chunk in Recording(folder).frames() for frame in chunk]
    except NotARecording:
        return []


async def say(broker: Mosquitto, values: range, topic: str = TOPIC) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        for value in values:
            await client.publish(topic, str(value), qos=1)


def heard(folder: Path) -> list[int]:
    return [int(frame.payload) for frame in frames(folder / "rec") if frame.topic == TOPIC]


def begun(command: Command, times: int = 1) -> Callable[[], bool]:
    return lambda: command.log.count("recording begins") == times


async def test_what_arrives_is_recorded_in_order_also_what_came_while_it_was_away(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with hotzone(tmp_path, "record", "rec", "--broker", mosquitto.url, "--plain", "--topic", "dc/#") as first:
        first.until(begun(first), "the start")
        await say(mosquitto, range(50))
        await say(mosquitto, range(3), "other/topic")
        first.until(lambda: heard(tmp_path) == list(range(50)), "fifty messages")
        first.signal(signal.SIGKILL)
    await say(mosquitto, range(50, 80))
    with hotzone(tmp_path, "record", "rec", "--broker", mosquitto.url, "--plain", "--topic", "dc/#") as second:
        second.until(lambda: heard(tmp_path)[-1:] == [79], "what came meanwhile")
        assert second.signal(signal.SIGINT) < 2.0
        assert second.process.returncode == 0, second.log
        assert "30 messages in " in second.log
    whole = frames(tmp_path / "rec")
    assert list(dict.fromkeys(heard(tmp_path))) == list(range(80))
    assert {frame.topic for frame in whole} == {TOPIC, Own.START, Own.END}
    starts = [json.decode(frame.payload) for frame in whole if frame.topic == Own.START]
    assert [(start["site"], start["session"]) for start in starts] == [("", False), ("", True)]
    assert not (tmp_path / "rec.state.db").exists()


async def test_such_a_recording_replays_under_a_site_and_not_without(tmp_path: Path, mosquitto: Mosquitto) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    with hotzone(tmp_path, "record", "rec", "--broker", mosquitto.url, "--plain", "--topic", "dc/h1/#") as command:
        command.until(begun(command), "the start")
        await say(mosquitto, range(20, 25))
        command.until(lambda: len(heard(tmp_path)) == 5, "five messages")
        command.signal(signal.SIGTERM)
    recording = Recording(tmp_path / "rec")
    with pytest.raises(NoSite, match="--site FILE"):
        list(replay(recording))
    events = list(replay(recording, loads(SITE)))
    runs = [event for event in events if isinstance(event, RunEvent)]
    assert [event.type for event in runs] == ["run.started", "run.ended"]
    assert NO_LOOP in (runs[0].detail or "")
    bare = call(tmp_path, "replay", "rec")
    assert (bare.returncode, bare.stdout) == (2, "")
    assert "rec holds no site file" in bare.stderr
    assert call(tmp_path, "replay", "rec", "--site", "site.toml").returncode == 0
    assert "rec holds no site file" in call(tmp_path, "run", "--site", "site.toml", "--recording", "rec", "--broker", mosquitto.url).stderr


async def test_a_site_says_what_to_record_and_is_kept(tmp_path: Path, mosquitto: Mosquitto) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    with hotzone(tmp_path, "record", "rec", "--broker", mosquitto.url, "--plain", "--site", "site.toml") as command:
        command.until(begun(command), "the start")
        await say(mosquitto, range(20, 23))
        await say(mosquitto, range(1), "hotzone/t/note")
        await say(mosquitto, range(1), "dc/h1/C9/r/in-top")
        command.until(lambda: len(heard(tmp_path)) == 3, "three messages")
        command.signal(signal.SIGTERM)
    recording = Recording(tmp_path / "rec")
    assert recording.site_source == SITE
    assert {frame.topic for frame in frames(tmp_path / "rec")} <= {TOPIC, Own.START, Own.END, Own.NOTE}
    assert next(recording.rollup(), None) is not None, "charts have something to show"
    assert list(replay(recording))


async def test_a_lost_connection_is_in_the_log_and_recording_goes_on(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with hotzone(tmp_path, "record", "rec", "--broker", mosquitto.url, "--plain", "--topic", "dc/#") as command:
        command.until(begun(command), "the start")
        mosquitto.kill()
        command.until(lambda: '"kind": "lost"' in command.log, "the loss")
        mosquitto.start()
        command.until(lambda: '"kind": "restored"' in command.log, "the return")
        await say(mosquitto, range(3))
        command.until(lambda: len(heard(tmp_path)) == 3, "three messages")
        command.signal(signal.SIGTERM)
        assert "the connection was lost once" in command.log
    kinds = [json.decode(frame.payload)["kind"] for frame in frames(tmp_path / "rec") if frame.topic == Own.LINK]
    assert kinds[:2] == ["lost", "restored"]


def test_a_topic_on_which_nothing_came_is_named_at_the_end(tmp_path: Path, mosquitto: Mosquitto) -> None:
    done = call(tmp_path, "record", "rec", "--broker", mosquitto.url, "--topic", "dcx/#", "--duration", "1s")
    assert done.returncode == 0
    assert ": nothing came on dcx/#, or we may not read it; in rec" in done.stderr


def test_of_two_recorders_of_one_name_the_older_says_which_option_parts_them(tmp_path: Path, mosquitto: Mosquitto) -> None:
    words = ("--broker", mosquitto.url, "--plain", "--topic", "dc/#", "--client-id", "same")
    with hotzone(tmp_path, "record", "one", *words) as older:
        older.until(begun(older), "the start")
        with hotzone(tmp_path, "record", "two", *words) as newer:
            newer.until(begun(newer), "the start of the other")
            older.process.wait(PATIENCE_S)
            assert newer.process.poll() is None
    assert older.process.returncode == 1
    assert "another client connected with our client id" in older.log
    assert "same: of two recorders one needs another --client-id; what came so far is in one" in older.log


def test_a_broker_that_never_answers_is_no_success(tmp_path: Path) -> None:
    done = call(tmp_path, "record", "rec", "--broker", "mqtt://127.0.0.1:1", "--topic", "a", "--duration", "1s")
    assert done.returncode == 1
    assert "mqtt://127.0.0.1:1 never took us" in done.stderr


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ([], "--topic 'dc/#'"), (["a#"], "expected a topic"), (["a/#/b"], "expected a topic"), (["a+/b"], "expected a topic"), ([""], "expected a topic"),
        (["$hotzone/#"], "written by hotzone itself"),
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_named(topics: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        patterns_of(site_to_record(None, None, None), topics)


def test_what_is_recorded_is_what_was_asked_for_or_what_the_site_uses() -> None:
    site = loads(SITE)
    assert patterns_of(site, ["dc/#", "x/+/y", "dc/#", "dc/h/#", "dc/+/x", "$SYS/#"]) == ["dc/#", "x/+/y", "$SYS/#"]
    assert patterns_of(site, ["#", "dc/#", "$SYS/x"]) == ["#", "$SYS/x"]
    assert "dc/h1/A1/+/+" in patterns_of(site, [])


def test_it_does_not_take_the_session_of_a_run() -> None:
    site = loads(SITE)
    assert site_to_record(site, None, None).broker.client_id == "hotzone-record"
    assert site_to_record(None, None, "mine").broker == Broker(client_id="mine")
    assert site_to_record(None, "mqtt://b", None).broker.url == "mqtt://b"


def test_a_folder_keeps_to_what_it_began_with(tmp_path: Path) -> None:
    check_folder(tmp_path / "none", "")
    for name, source in (("with", SITE), ("without", "")):
        with RecordingWriter(tmp_path / name, site_source=source, version="t", started=0) as writer:
            writer.append([Frame(1, "a", b"1")])
        check_folder(tmp_path / name, source)
        with pytest.raises(UserError, match="name another folder"):
            check_folder(tmp_path / name, "" if source else SITE)


async def test_a_full_disk_is_said_and_nothing_of_it_is_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses from the second commit on."""
    commits = 0

    def commit(writer: RecordingWriter) -> int:
        nonlocal commits
        commits += 1
        if commits > 1 and writer.pending:
            raise RecordingUnwritable(writer.folder, "database or disk is full")
        return whole(writer)

    whole = RecordingWriter.commit
    monkeypatch.setattr(RecordingWriter, "commit", commit)
    recorder = Recorder(site_to_record(None, mosquitto.url, "full"), ["dc/#"], tmp_path / "rec")
    running = asyncio.create_task(recorder.run())
    await until(lambda: recorder.started > 0)
    await say(mosquitto, range(5))
    await until(lambda: recorder.ledger.unwritable_since is not None)
    assert recorder.messages == 0
    recorder.stop()
    with pytest.raises(RunFailed, match="the broker still has it"):
        await asyncio.wait_for(asyncio.gather(running, _cancel(recorder)), 10)
    monkeypatch.undo()
    again = Recorder(site_to_record(None, mosquitto.url, "full"), ["dc/#"], tmp_path / "rec")
    running = asyncio.create_task(again.run())
    await until(lambda: again.messages == 5)
    again.stop()
    await running
    assert heard(tmp_path) == list(range(5))


async def _cancel(recorder: Recorder) -> None:
    """What a stop does by itself when it takes too long."""
    assert recorder._task is not None
    recorder._task.cancel()


def test_the_live_line_says_what_is_wrong(tmp_path: Path) -> None:
    async def lines() -> list[str]:
        recorder = Recorder(site_to_record(None, None, None), ["a"], tmp_path / "rec")
        said = [line(recorder, 0.0).plain]
        recorder.trouble = "refused"
        said.append(line(recorder, 0.0).plain)
        recorder.connected = True
        recorder.ledger.unwritable_since = 1
        said.append(line(recorder, 12.3).plain)
        return said

    assert asyncio.run(lines()) == [
        "0 messages  0/s  connecting  0 lost connections  Ctrl-C stops",
        "0 messages  0/s  no broker: refused  0 lost connections  Ctrl-C stops",
        "0 messages  12/s  connected  0 lost connections  Ctrl-C stops  the log cannot be written, trying again",
    ]
