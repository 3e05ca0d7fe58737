"""What a benchmark found: medians over the rounds, ratios of what ran side by side, nothing that lost anything; and the page says what is kept."""

from pathlib import Path

from benchmarks.measured import Benchmark, Figure, Goal, Result, Run, Subject
from benchmarks.page import PAGE, PLOTS, goals, plots, written
from benchmarks.results import keep, known
from benchmarks.running import measured
from benchmarks.scale import Scale
from benchmarks.table import BENCHMARKS


def subject(name: str, *runs: Run, missing: str | None = None) -> Subject:
    """One that finds these, one after the other."""
    found = iter(runs)
    return Subject(name, lambda _: next(found), lambda: missing)


def result_of(*subjects: Subject) -> Result:
    """Of three rounds."""
    return measured("e2e-qos0", Benchmark("", "msg/s", subjects), Scale(rounds=3))


def test_the_median_of_the_rounds_counts_with_least_and_most() -> None:
    found = result_of(subject("hotzone", *(Run(value, cpu) for value, cpu in ((90.0, 3.0), (10.0, 9.0), (50.0, 5.0)))))
    assert (found.value, found.range, found.cpu, found.rounds, found.lossy) == (50.0, (10.0, 90.0), 5.0, 3, 0)


def test_a_ratio_is_of_what_ran_in_the_same_round() -> None:
    ours = subject("hotzone", Run(100.0), Run(10.0), Run(60.0))
    theirs = subject("peer", Run(50.0), Run(5.0), Run(20.0))
    assert result_of(ours, theirs).ratio == {"peer": 2.0}


def test_a_lossy_run_counts_for_nothing_but_itself() -> None:
    ours = subject("hotzone", Run(100.0), Run(None, why="1 of 9 lost"), Run(60.0))
    theirs = subject("peer", Run(None), Run(5.0), Run(20.0))
    found = result_of(ours, theirs)
    assert (found.value, found.lossy) == (80.0, 1)
    assert (found.peers["peer"].lossy, found.ratio) == (1, {"peer": 3.0})


def test_what_lost_something_each_time_has_no_value() -> None:
    found = result_of(subject("hotzone", Run(None), Run(None), Run(None)), subject("peer", Run(5.0), Run(5.0), Run(5.0)))
    assert (found.value, found.ratio, found.lossy) == (None, {}, 3)


def test_who_is_missing_is_skipped_with_the_reason() -> None:
    found = result_of(subject("hotzone", *[Run(1.0)] * 3), subject("csp", missing="csp is not installed"))
    assert found.skipped == {"csp": "csp is not installed"}


def test_figures_have_their_spread() -> None:
    found = result_of(subject("hotzone", *(Run(1.0, figures={"p50": Figure(value, "ms")}) for value in (3.0, 1.0, 2.0))))
    assert found.figures["p50"].value == 2.0
    assert found.figures["p50"].range == (1.0, 3.0)


def test_one_that_is_measured_again_leaves_the_others(tmp_path: Path) -> None:
    first, second = (result_of(subject("hotzone", *[Run(value)] * 3)) for value in (1.0, 2.0))
    path = tmp_path / "results.json"
    keep({"startup": first, "latency": first}, BENCHMARKS, path)
    assert keep({"latency": second}, BENCHMARKS, path) == known(path) == {"latency": second, "startup": first}
    assert list(known(path)) == ["latency", "startup"]


def test_the_page_says_what_was_reached_and_what_not() -> None:
    found = result_of(
        subject("hotzone", *[Run(80.0)] * 3), subject("mosquitto_sub", *[Run(100.0)] * 3), subject("node-red", *[Run(20.0)] * 3)
    )
    rows = list(goals({"e2e-qos0": found}))
    assert rows[3:] == [
        "| [`e2e-qos0`](#e2e-qos0) | at least 0.8 x mosquitto_sub | 0.8 | yes |",
        "| [`e2e-qos0`](#e2e-qos0) | at least 2 x node-red | 4 | yes |",
    ]
    assert not Goal("", 5, most=True).reached(6)
    assert plots({"e2e-qos0": found})["e2e-qos0.svg"].count('class="bar"') == 3


def test_the_page_and_its_plots_are_of_the_results_that_are_kept() -> None:
    results = known()
    assert written(PAGE.read_text(), results) == PAGE.read_text()
    assert {path.name: path.read_text() for path in PLOTS.glob("*.svg")} == plots(results)
