"""A comparison for real, as small as it can be: fresh processes, their figures, one journal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotzone.app.cli import app
from hotzone.app.comparing.figures import BEARABLE, FIGURES, measured, slowdowns
from hotzone.app.comparing.job import PACED_S, PAGE_EVERY_S, SLOW_S, Scene
from hotzone.app.comparing.measure import Comparison, Spread, compare, lines_of
from hotzone.app.comparing.report import CHARTS
from hotzone.app.halls import Plan
from hotzone.app.simulating import simulate_in_process
from hotzone.pipeline.styles import Style
from support.lessons import if_there_are_cores
from support.mosquitto import Mosquitto


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared") / "demo"
    simulate_in_process(Plan.of("demo", hours=1, seed=1, faults=["crac-failure:crac-1@10m"], plain=True), folder, None)
    return folder


@pytest.fixture(scope="module")
def comparison(recording: Path) -> Comparison:
    scenes = (Scene.FLAT_OUT, Scene.SLOW, Scene.STOP)
    return compare(recording, scenes=scenes, rounds=1, readings=20_000)


def test_all_styles_write_one_journal_and_lose_nothing(comparison: Comparison) -> None:
    assert comparison.differing == []
    assert {outcome.style for outcome in comparison.outcomes} == set(Style)
    assert all(outcome.lost == 0 and outcome.leaked == () for outcome in comparison.outcomes)
    assert all(outcome.frames > 20_000 for outcome in comparison.outcomes if outcome.scene is Scene.FLAT_OUT)


def test_a_slow_handler_holds_callbacks_up_and_nobody_else(comparison: Comparison) -> None:
    """Not how fast: that the cost is there where it must be, which no machine can hide."""
    slow = {outcome.style: outcome for outcome in comparison.outcomes if outcome.scene is Scene.SLOW}
    pages = round(PACED_S / PAGE_EVERY_S)
    assert slow[Style.CALLBACKS].latency is not None
    assert slow[Style.CALLBACKS].latency.worst >= SLOW_S * 1000 * 0.9
    assert all(outcome.handled + outcome.left == outcome.handed >= pages for outcome in slow.values())


@pytest.mark.soak
def test_beside_a_slow_handler_all_but_callbacks_keep_their_p99(recording: Path) -> None:
    scenes = (Scene.FLAT_OUT, Scene.PACED, Scene.SLOW, Scene.SLOW_ASYNC)

    def as_promised(found: dict[Style, Spread]) -> bool:
        return {style for style in Style if found[style].middle > BEARABLE} == {Style.CALLBACKS}

    if_there_are_cores(lambda: slowdowns(compare(recording, scenes=scenes, readings=50_000)), as_promised)


def test_the_stop_came_in_mid_stream(comparison: Comparison) -> None:
    stops = [outcome for outcome in comparison.outcomes if outcome.scene is Scene.STOP]
    assert len(stops) == len(Style)
    for outcome in stops:
        assert outcome.stop is not None
        assert outcome.stop < 2.0
        assert 0 < outcome.frames < comparison.rate * PACED_S


def test_every_figure_that_was_measured_has_a_spread(comparison: Comparison) -> None:
    figures = measured(comparison)
    assert 0 < len(figures) < len(FIGURES)
    for figure in figures:
        for style in Style:
            spread = comparison.spread(style, figure.scene, figure.of)
            assert spread is not None, f"{style}: {figure.name}"
            assert spread.least <= spread.middle <= spread.most


def test_every_chart_draws_a_figure_that_there_is() -> None:
    assert {name for name, _ in CHARTS} <= {figure.name for figure in FIGURES}


@pytest.mark.parametrize("style", Style)
def test_lines_of_wiring_are_lines_of_code(style: Style) -> None:
    assert 30 < lines_of(style) < 250


def test_through_a_broker_what_was_published_is_folded_in_every_style(recording: Path, mosquitto: Mosquitto) -> None:
    found = compare(recording, broker=mosquitto.url, rounds=1, readings=5_000)
    assert found.differing == []
    assert {outcome.scene for outcome in found.outcomes} == {Scene.BROKER}
    assert all(outcome.lost == 0 and outcome.frames > 5_000 for outcome in found.outcomes)


def test_an_unknown_style_is_told_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["compare", "nowhere", "--style", "thread"])
    assert "did you mean threads?" in str(result.exception)


def test_a_recording_that_is_not_there_is_told() -> None:
    assert "there is no recording there" in str(CliRunner().invoke(app, ["compare", "nowhere"]).exception)
