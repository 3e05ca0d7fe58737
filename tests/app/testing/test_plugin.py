"""The plug-in as somebody meets it who has just installed hotzone: in another project, in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hotzone.app.testing import EPOCH
from hotzone.app.testing.timeline import frames_of, parse
from hotzone.config import load, shipped
from hotzone.sensors.recording import RecordingWriter

pytest_plugins = ["pytester"]

SITE = """
name = "room"
[quality]
period = "10s"
[limits.warm]
on_delay = "0s"
[halls.h1]
layout = {{ count = 1 }}
[halls.h1.zones]
{zone} = {{}}
"""
QUICK = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")  # hypothesis takes longer to load than a whole test of ours
Run = Callable[..., pytest.RunResult]
HEAT = "0s A1/r1=24 A1/r2=24 20s A1=33 40s"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the other project's tests."""
    monkeypatch.delenv("CI", raising=False)

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*QUICK, "--strict-markers", "--strict-config", *arguments, timeout=300)

    return run


def record(folder: Path, text: str) -> None:
    demo = load(shipped("demo"), secrets=False)
    frames = frames_of(parse(text), demo)
    with RecordingWriter(folder, site_source=demo.source, version="1", started=EPOCH) as writer:
        writer.append(frames)
        writer.commit()


def test_the_fixture_is_there_without_any_configuration_and_a_failure_shows_the_line_of_the_test(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        from hotzone.app.testing import SECOND

        def test_heat_is_told(replay):
            journal = replay("0s A1/r1=24 A1/r2=24 20s A1=33 40s")
            assert journal.first("alarm.raised", rule="high").at - journal.start <= 26 * SECOND

        def test_cold_is_not(replay):
            replay("0s A1/r1=24 30s").first("alarm.raised", zone="A1")

        def test_late(replay):
            journal = replay("0s A1/r1=24 A1/r2=24 20s A1=33 40s")
            assert journal.first("alarm.raised", rule="high").at - journal.start < 10 * SECOND

        def test_other(replay):
            journal = replay("0s A1/r1=24 A1/r2=24 20s A1=33 40s")
            assert journal.first("alarm.raised") == journal.one("alarm.raised", rule="high")
            assert journal == replay("0s A1/r1=24 A1/r2=24 20s A1=34 40s")

        def test_without_us():
            assert 20_000_000_000 < 10_000_000_000
        """
    )
    result = run()
    result.assert_outcomes(passed=1, failed=4)
    shown = result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            '>       replay("0s A1/r1=24 30s").first("alarm.raised", zone="A1")',
            "E       *NoSuchEvent: no alarm.raised with zone='A1'",
            "E       the journal:",
            "E       assert 25 s < 10 s",
            "E       AssertionError: assert alarm.raised:A1:warm@* == alarm.raised:A1:high@*",
            "E         *rule: 'warm' != 'high'",
            "E       assert 20000000000 < 10000000000",
        ]
    )
    assert "failures.missing(" not in shown, "no line of our own code"


def test_what_cannot_be_replayed_is_told_at_the_line_of_the_test(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_a_timeline(replay):
            replay("0s A1=x 1s")

        def test_a_site(replay):
            replay("0s A1=20 1s", site="nowhere.toml")

        def test_a_recording(replay):
            replay("nowhere")
        """
    )
    result = run()
    result.assert_outcomes(failed=3)
    assert "app/testing" not in result.stdout.str()


def test_the_fixtures_and_marks_are_listed_with_their_purpose(run: Run) -> None:
    listed = run("--fixtures").stdout
    listed.fnmatch_lines(["replay *session scope*", "*Replay a recording, or a timeline written as text*"])
    listed.fnmatch_lines(["simulate *", "*Run a simulated hall*"])
    run("--markers").stdout.fnmatch_lines(["@pytest.mark.hotzone(site=*", "@pytest.mark.recording(*"])
    run("--help").stdout.fnmatch_lines(["*--hotzone-update*", "*hotzone_site*", "*hotzone_recordings*"])


def test_loading_the_plugin_loads_nothing_else_of_hotzone() -> None:
    program = "import sys, pytest; before = set(sys.modules); import hotzone.app.testing.plugin;print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert set(loaded) == {"hotzone", "hotzone.app", "hotzone.app.testing", "hotzone.app.testing.plugin"}


def test_a_suite_that_does_not_use_it_never_loads_the_pipeline(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_of_it_is_loaded():
            assert [1, 2] != [1, 3]
            heavy = {"numpy", "reactivex", "msgspec", "structlog", "hotzone.pipeline", "hotzone.app.testing.run"}
            assert not heavy & set(sys.modules)
        """
    )
    run().assert_outcomes(passed=1)


def test_without_the_plugin_the_function_is_still_there(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hotzone.app.testing import replay

        def test_heat():
            assert replay("0s A1/r1=24 20s A1=36 40s").first("alarm.raised")

        def test_fixture(simulate):
            pass
        """
    )
    result = pytester.runpytest_subprocess(*QUICK, "-p", "no:hotzone")
    result.assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_it_works_in_async_tests(pytester: pytest.Pytester, run: Run, mode: str) -> None:
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_heat(replay):
            heard = []

            async def take(event, ctx):
                await asyncio.sleep(0)
                heard.append(event.type)

            await asyncio.sleep(0)
            replay("0s A1/r1=24 20s A1=36 40s", handlers=[take])
            assert set(heard) == {"alarm.raised"}
        """
    )
    run("-o", f"asyncio_mode={mode}").assert_outcomes(passed=1)


def test_the_site_of_a_test_is_the_nearest(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\nhotzone_site = conf/default.toml\n")
    tests = pytester.mkdir("tests")
    inner = tests / "inner"
    conf = pytester.mkdir("conf")
    inner.mkdir()
    for path, zone in ((conf / "default.toml", "D1"), (inner / "inner.toml", "I1"), (inner / "marked.toml", "M1")):
        path.write_text(SITE.format(zone=zone))
    (tests / "test_outer.py").write_text("def test_ini(replay):\n    assert replay('0s D1=24 60s').first('zone.state', zone='D1')\n")
    (inner / "conftest.py").write_text("hotzone_site = 'inner.toml'\n")
    (inner / "test_inner.py").write_text(
        """
import pytest
from hotzone.app.testing import OWN

def test_conftest(replay):
    assert replay("0s I1=24 60s").first("zone.state", zone="I1")

@pytest.mark.hotzone(site="marked.toml")
class TestMarked:
    def test_mark(self, replay, simulate):
        assert replay("0s M1=24 60s").first("zone.state", zone="M1")
        assert simulate(for_="60s").first("zone.state", zone="M1")

    def test_argument(self, replay):
        assert replay("0s I1=24 60s", site="inner.toml").first("zone.state", zone="I1")
        assert replay("0s I1=24 60s", site="conf/default.toml".replace("conf/default", "inner")).first("zone.state", zone="I1")
        assert replay("0s D1=24 60s", site="conf/default.toml").first("zone.state", zone="D1")
        assert replay("0s X/r1=24 60s", site=OWN).first("zone.state", zone="X")

    @pytest.mark.hotzone(site="inner.toml", handlers=["log"])
    def test_closer_mark(self, replay):
        journal = replay("0s I1=24 60s")
        assert journal.first("zone.state", zone="I1") and "log" in journal.told

@pytest.mark.hotzone(site="inne.toml")
def test_missing(replay):
    replay("0s I1=24 60s")

@pytest.mark.hotzone(sites="inner.toml")
def test_misspelt(replay):
    replay("0s I1=24 60s")
"""
    )
    result = run()
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["*NotThere: no site file 'inne.toml'; did you mean inner.toml? Looked in: */tests/inner, *"])
    result.stdout.fnmatch_lines(["*@pytest.mark.hotzone does not know 'sites': expected handlers or site*"])


def test_recordings_are_found_by_name_and_a_mark_makes_a_test_of_each(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini("[pytest]\nhotzone_recordings = data\n")
    data = pytester.mkdir("data")
    record(data / "heat-1", "0s A1=24 60s A1=40 180s")
    record(data / "heat-2", "0s A1=24 60s A1=41 180s")
    record(data / "calm", "0s A1=24 60s")
    (pytester.mkdir("tests") / "test_recorded.py").write_text(
        """
import pytest

@pytest.mark.recording("heat-*")
def test_heat(journal):
    assert journal.first("alarm.raised", zone="A1", rule="critical")

@pytest.mark.recording("calm", "0s A1=20 60s", site="demo")
def test_calm(journal):
    assert journal.none("alarm.raised", zone="A1", rule="critical")

def test_by_name(replay):
    assert replay("calm").first("zone.state", zone="A1")

def test_missing(replay):
    replay("clam")

def test_unmarked(journal):
    pass
"""
    )
    result = run("-v")
    result.assert_outcomes(passed=5, failed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        ["*test_heat?heat-1? PASSED*", "*test_heat?heat-2? PASSED*", "*test_calm?calm? PASSED*", "*test_calm?0s A1=20 60s? PASSED*"]
    )
    result.stdout.fnmatch_lines(
        ["*the fixture `journal` needs @pytest.mark.recording*", "*no recording 'clam'; did you mean calm? Looked in: */data*"]
    )


def test_a_mark_without_a_recording_is_told_by_its_test_and_the_places(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("import pytest\n\n@pytest.mark.recording('nothing-*')\ndef test_of_nothing(journal): ...\n")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"test_of_nothing: no recordings 'nothing-[*]'. Looked in: {pytester.path}"])


GOLDEN = f"""
def test_heat(replay):
    assert replay("{HEAT}").matches("golden/heat.jsonl")
"""


@pytest.mark.parametrize("option", ["--hotzone-update", "--update"])
def test_golden_journals_are_written_beside_the_test_and_then_compared(pytester: pytest.Pytester, run: Run, option: str) -> None:
    pytester.mkdir("tests").joinpath("test_golden.py").write_text(GOLDEN)
    run().stdout.fnmatch_lines(
        ["*GoldenDiffers: there is no golden journal *tests/golden/heat.jsonl; write it with: pytest --hotzone-update"]
    )
    updated = run(option)
    updated.assert_outcomes(passed=1)
    updated.stdout.fnmatch_lines(["*= golden journals =*", "written: */tests/golden/heat.jsonl"])
    run().assert_outcomes(passed=1)
    again = run(option)
    again.assert_outcomes(passed=1)
    again.stdout.no_fnmatch_line("*written:*")


def test_ci_does_not_write_golden_journals(pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(GOLDEN)
    monkeypatch.setenv("CI", "true")
    result = run("--hotzone-update")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*golden journals are not written in CI*"])
    assert not list(pytester.path.glob("**/*.jsonl"))


def test_update_is_left_to_whoever_had_it_first(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(GOLDEN)
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--update', action='store_true', help='of this project')")
    run("--update").assert_outcomes(failed=1)
    run("--help").stdout.fnmatch_lines(["*--update *of this project*"])
    run("--hotzone-update").assert_outcomes(passed=1)


def test_it_works_with_xdist(pytester: pytest.Pytester, run: Run) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(GOLDEN)
    updated = run("-n", "2", "--hotzone-update")
    updated.assert_outcomes(passed=1)
    updated.stdout.fnmatch_lines(["written: */golden/heat.jsonl"])
    run("-n", "2").assert_outcomes(passed=1)


def test_what_a_handler_raises_is_shown_at_its_own_line_with_the_event(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        async def page(event, ctx):
            raise ConnectionError("the pager is off")

        def test_page(replay):
            replay("0s A1/r1=24 20s A1=36 40s", handlers=[page])
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>       raise ConnectionError("the pager is off")',
            "E       ConnectionError: the pager is off",
            "E       the handler page was told of 20.000 s  alarm.raised      A1 critical *",
        ]
    )
    assert "handling.py" not in result.stdout.str()


def test_a_fixture_of_a_module_may_replay(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def failed(simulate):
            return simulate("demo", faults=["crac-failure:crac-1@60s"], for_="2m", seed=1)

        def test_it_is_told(failed):
            assert failed.first("alarm.raised", unit="crac-1")

        def test_once(failed):
            assert failed.one("note", kind="fault")
        """
    )
    run().assert_outcomes(passed=2)
