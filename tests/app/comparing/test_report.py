"""The report: one file that needs nothing else, and says what was lost or differed."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec import structs

from hotzone.app.comparing.charts import Bar, bars
from hotzone.app.comparing.figures import sound
from hotzone.app.comparing.job import Latency, Outcome, Scene
from hotzone.app.comparing.measure import Comparison
from hotzone.app.comparing.report import CHARTS, report
from hotzone.app.comparing.table import table
from hotzone.pipeline.styles import Style
from support.browser import Browse


def outcome(style: Style, scene: Scene, number: int, **more: object) -> Outcome:
    seconds = 1.0 + list(Style).index(style) + number / 10
    latency = Latency(100, 1.0, 2.0 + number, 3.0)
    made = Outcome(
        style=style, scene=scene, round=number, frames=100_000, seconds=seconds, cpu=seconds, memory=2.0, threads=1, switches=5,
        digest=f"{scene}{number}", latency=latency, stop=0.1 if scene is Scene.STOP else None,
    )  # fmt: skip
    return structs.replace(made, **more)


@pytest.fixture
def comparison() -> Comparison:
    outcomes = [outcome(style, scene, number) for scene in Scene for style in Style for number in range(3)]
    return Comparison(
        recording="<b>r&d</b>", site="demo", readings=100_000, rounds=3, rate=20_000, styles=tuple(Style), machine="one", version="1",
        outcomes=outcomes,
    )  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in {"meta", "rect", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"rect", "path"}:
            assert self.open.pop() == tag


def test_the_page_needs_nothing_from_anywhere_and_every_tag_is_closed(comparison: Comparison) -> None:
    page = report(comparison)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {name for name, _ in tags.attributes} & {"src", "href", "onclick", "onload"}
    assert "http" not in page
    assert "<script" not in page
    assert "&lt;b&gt;r&amp;d" in page


def test_the_page_names_every_style_where_it_wins_and_the_lessons(comparison: Comparison) -> None:
    page = report(comparison)
    assert "; throughput (1.9 times better than the next)" in page
    for word in (*Style, "hotzone learn 1", "hotzone learn 2", "hotzone learn 20", "byte for byte"):
        assert word in page


def test_a_style_that_is_behind_all_others_beyond_doubt_is_told(comparison: Comparison) -> None:
    assert "throughput (1.3 times <b>worse</b> than the next)" in report(comparison)


def test_what_differs_less_than_its_rounds_is_nobodys_win_and_nobodys_loss(comparison: Comparison) -> None:
    comparison.outcomes.extend(outcome(style, Scene.FLAT_OUT, 0, seconds=9.0) for style in Style)
    page = report(comparison)
    assert "; throughput (" not in page
    assert re.search("Too close to call[^<]*throughput; ", page)


def test_a_real_browser_shows_it_without_a_complaint(comparison: Comparison, browse: Browse, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(report(comparison))
    seen = browse((tmp_path / "report.html").as_uri())
    assert seen.complaints == []
    assert seen.dom.count("<svg") == len(CHARTS)
    assert "Four styles of concurrency, one job</h1>" in seen.dom


def test_a_machine_that_had_other_things_to_do_is_told(comparison: Comparison) -> None:
    comparison.others = 0.1
    assert "Other programs" not in report(comparison) + "".join(table(comparison))
    comparison.others = 1.25
    for told in (report(comparison), "".join(table(comparison))):
        assert "Other programs kept 1.2 cores busy meanwhile: measure again when they do not." in told


def test_a_style_that_lost_something_is_not_hidden(comparison: Comparison) -> None:
    assert sound(comparison)
    comparison.outcomes.append(outcome(Style.THREADS, Scene.PACED, 0, lost=7))
    assert "threads lost 7" in report(comparison)
    assert "LOST: threads 7" in list(table(comparison))
    assert not sound(comparison)


def test_a_style_that_a_slow_handler_holds_up_is_not_hidden(comparison: Comparison) -> None:
    assert "p99 stays below twice the undisturbed one: rx, asyncio, threads, callbacks." in report(comparison)
    for number in range(3):
        comparison.outcomes.remove(outcome(Style.CALLBACKS, Scene.SLOW_ASYNC, number))
        comparison.outcomes.append(outcome(Style.CALLBACKS, Scene.SLOW_ASYNC, number, latency=Latency(100, 1.0, 120.0, 200.0)))
    page = report(comparison)
    assert "p99 stays below twice the undisturbed one: rx, asyncio, threads." in page
    assert "p99 is 40 times the undisturbed one: callbacks." in page
    assert (
        "p99 beside a slow handler to p99 without: rx 1.0 times, asyncio 1.0 times, threads 1.0 times, callbacks 40 times"
        in list(table(comparison))
    )  # fmt: skip


def test_what_differs_from_round_to_round_is_not_held_against_a_style(comparison: Comparison) -> None:
    for number in (1, 2):
        comparison.outcomes.remove(outcome(Style.RX, Scene.SLOW, number))
        comparison.outcomes.append(outcome(Style.RX, Scene.SLOW, number, latency=Latency(100, 1.0, 20.0, 30.0)))
    assert "differs too much from round to round to say: rx." in report(comparison)


def test_journals_that_differ_are_not_hidden(comparison: Comparison) -> None:
    comparison.outcomes.append(outcome(Style.RX, Scene.BURST, 1, digest="another"))
    assert "THE JOURNALS DIFFER: burst, round 2" in list(table(comparison))
    assert not sound(comparison)
    assert "different journals: burst, round 2" in report(comparison)


def test_the_table_has_a_row_for_each_figure_and_fits_in_140_columns(comparison: Comparison) -> None:
    lines = list(table(comparison))
    assert max(map(len, lines)) <= 140
    assert any(re.match(r"throughput, thousand readings/s +91 \(83-100\) +", line) for line in lines)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_bars_are_drawn_to_scale(logarithmic: bool) -> None:
    svg = bars("t", [Bar("a", 1, 1, 1, "1"), Bar("b", 10, 9, 11, "10"), Bar("c", 100, 100, 100, "100")], logarithmic=logarithmic)
    a, b, c = (float(width) for width in re.findall(r'<rect[^>]* width="([0-9.]+)"', svg))
    assert c - b == pytest.approx(b - a if logarithmic else (c / 10) * 9, rel=0.01)


def test_nothing_measured_is_a_bar_of_no_length() -> None:
    assert 'width="1.0"' in bars("t", [Bar("a", 0, 0, 0, "0")])
