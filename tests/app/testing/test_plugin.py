"""The plug-in as somebody meets it who has just installed hotzone."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]


def test_the_fixture_is_there_without_any_configuration(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hotzone.app.testing import SECOND

        def test_heat_is_told(replay):
            journal = replay("0s A1/r1=24 A1/r2=24 20s A1=33 40s")
            assert journal.first("alarm.raised", rule="high").at - journal.start <= 26 * SECOND

        def test_cold_is_not(replay):
            replay("0s A1/r1=24 30s").first("alarm.raised", zone="A1")
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*NoSuchEvent: the journal has no alarm.raised zone='A1'; none of its * events is of this type:*"])


def test_the_fixture_is_listed_with_its_purpose(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["replay*", "*Replay a recording, or a timeline written as text*"])


def test_loading_the_plugin_loads_nothing_else_of_hotzone() -> None:
    program = "import sys, pytest; before = set(sys.modules); import hotzone.app.testing.plugin;print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert set(loaded) == {"hotzone", "hotzone.app", "hotzone.app.testing", "hotzone.app.testing.plugin"}
