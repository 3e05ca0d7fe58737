"""The page in a real browser, on a real demo: what an operator sees and does while a cooling unit fails."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from hotzone.config.units import MINUTE, SECOND
from support.browser import BINARY
from support.commands import Command, hotzone
from support.crowd import Crowd, crowded, reserved_port, shown
from support.pages import PHONE, Chromium, Opened, chromium
from support.screenshots import VIEWS, address, found, slowed

pytestmark = pytest.mark.skipif(BINARY is None, reason="no browser is installed: apt-get install chromium")

SPEED = 5
"""Hall seconds a wall second: the unit stays broken for a minute, so that whoever looks is in time."""
FAILURE_MS = 120_000.0
LOOK_MS = 250.0
MEASURED_MS = 5_000.0
COUNT_DRAWN = """window.drawn = 0;
new MutationObserver((seen) => (window.drawn += seen.length)).observe(document.querySelector(".plan svg"), {subtree: true, attributes: true, characterData: true})"""
"""How often something in the floor plan has changed."""
EVERY_STATE = """() => {
  const row = document.querySelector(".side tbody tr");
  if (row) row.after(...["warm", "hot", "cold", "failsafe", "trouble", "following"].map((state) => {
    const copy = row.cloneNode(true);
    Object.assign(copy.querySelector(".chip"), {textContent: state}).dataset.state = state;
    return copy;
  }));
}"""
"""Zones in every state, whatever the hall is in at the moment."""
MOVE_THE_FOCUSED_ROW = """async () => {
  const { el, keyed } = await import("/js/dom.js");
  const list = document.body.appendChild(document.createElement("div"));
  const show = (items) => keyed(list, items, (item) => item, (item) => el("button", {}, item));
  show(["a", "b"]);
  list.lastChild.focus();
  show(["b", "a"]);
  return document.activeElement.textContent;
}"""
ACKNOWLEDGE_A_GROUP = """async () => {
  const { mount } = await import("/js/views/alarms.js");
  const { Store } = await import("/js/store.js");
  const store = Object.assign(new Store(), { site: { name: "s", timezone: "UTC" }, halls: [], zoneOf: new Map(), unitOf: new Map() });
  for (const [key, zone, unacknowledged] of [["a", "A1", true], ["b", "A1", true], ["c", "A1", false], ["d", "B1", true]])
    store.alarms.set(key, { key, zone, unacknowledged, shown: true, standing: true, rule: "high", priority: "high", state: "unacknowledged", raisedAt: 0 });
  const asked = [], told = [];
  const acknowledge = async (record, by) => { asked.push(`${record.key} by ${by}`); if (record.key === "b") throw new Error("over"); };
  const toasted = new Promise((then) => told.push(then));
  const box = document.body.appendChild(document.createElement("div"));
  mount(box, { store, api: { acknowledge }, ask: { operator: async () => "kim" }, toast: (...said) => told[0](said) }, []);
  const group = box.querySelector("select");
  group.value = "zone";
  group.dispatchEvent(new Event("change"));
  const buttons = [...box.querySelectorAll(".group > button")].filter((one) => !one.hidden);
  buttons[0].click();
  return [buttons.map((one) => one.textContent), await toasted, asked];
}"""
HEALTH_OF_A_HANDLER = """async () => {
  const { mount } = await import("/js/views/health.js");
  const handlers = [{ name: "pager", good: false, state: "left alone for a while", waiting: 1, delivered: 2, failed: 3, dead: 4, abandoned: 5, restarted: 6 }];
  const health = { ready: true, reasons: [], perSecond: 0, frames: 0, lagMs: 0, commitMs: null, repeated: null, sources: [], queues: [], rejected: [], recording: null };
  const box = document.body.appendChild(document.createElement("div"));
  const view = mount(box, { store: { quality: [], causes: new Map() }, api: { health: async () => ({ ...health, handlers }) } });
  while (!box.querySelector(".wide")) await new Promise((then) => setTimeout(then));
  view.unmount();
  return [...box.querySelectorAll(".wide tr")].map((row) => [...row.children].map((cell) => cell.textContent));
}"""
DRAG_FASTER_THAN_IT_ANSWERS = """async () => {
  const { mountTime } = await import("/js/time.js");
  const replay = { from: 0, to: 100_000, at: 0, rate: 60, playing: false, indexed: false };
  const asked = [], answers = [];
  const control = ({ at }) => new Promise((answer) => { asked.push(at); answers.push(() => answer({ ...replay, at })); });
  const bar = document.body.appendChild(document.createElement("div"));
  mountTime({ store: { replay, subscribe() {} }, api: { control }, toast() {} }, bar);
  const thumb = bar.querySelector("[type=range]");
  const passed = (ms) => new Promise((then) => setTimeout(then, ms));
  for (const at of [10_000, 20_000, 30_000]) { thumb.value = at; thumb.dispatchEvent(new Event("input")); }
  thumb.dispatchEvent(new Event("change"));
  const seen = [[...asked]];
  answers.shift()();
  while (!answers.length) await passed(10);
  seen.push([...asked], Number(thumb.value));
  answers.shift()();
  await passed(300);
  return [...seen, [...asked], Number(thumb.value)];
}"""
"""What the server is asked for, and where the thumb is, while answers take their time."""
SCRIPT = "<script>document.title = 'taken'</script>"
OVERRIDE = "A1\u202er01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    folder = tmp_path_factory.mktemp("demo")
    with hotzone(folder, "demo", "--plain", "--site", slowed(folder, SPEED), "--recording", str(folder / "recording")) as running:
        running.until(lambda: address(running.log) is not None, "the address of the page")
        yield running


@pytest.fixture(scope="module")
def url(demo: Command) -> str:
    return found(demo)


@pytest.fixture
def opened(browser: Chromium) -> Iterator[Opened]:
    """A tab that must not complain."""
    with browser.tab() as tab:
        yield tab
        assert tab.complaints == []


def go(page: Page, url: str, view: str = "hall") -> Page:
    page.goto(f"{url}/#/{view}")
    page.wait_for_selector("#feed[data-state=live]")
    return page


def clock(at: int) -> str:
    """A moment as the page says it."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo("Europe/Zurich")).strftime("%H:%M:%S")


def failure(page: Page, url: str) -> dict[str, Any]:
    """The event of the unit's alarm, once there is one."""
    for _ in range(round(FAILURE_MS / LOOK_MS)):
        events = page.request.get(f"{url}/api/v1/events?type=alarm.raised").json()["events"]
        for event in events:
            if event["rule"] == "unit-failed":
                found: dict[str, Any] = event
                return found
        page.wait_for_timeout(LOOK_MS)
    msg = "the unit did not fail"
    raise AssertionError(msg)


def test_the_failure_is_seen_acknowledged_shelved_and_explained(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    expect(page.locator(".rack")).to_have_count(40)
    expect(page.locator("[data-unit=crac-1][data-trouble]")).to_be_visible(timeout=FAILURE_MS)
    expect(page.locator(".noted")).to_contain_text("unit failed crac-1")

    page.keyboard.press("2")
    row = page.locator(".alarm", has_text="crac-1").filter(has_text="unit failed").first
    row.focus()
    page.keyboard.press("e")
    expect(row.locator(".chain li").first).to_be_visible()
    expect(row.locator(".explain")).to_contain_text("commanded")

    row.focus()
    page.keyboard.press("a")
    page.locator("dialog [name=by]").fill("Ada")
    page.keyboard.press("Enter")
    expect(row.locator(".state")).to_contain_text("by Ada")
    expect(row.locator(".chain")).to_contain_text("by Ada")

    row.focus()
    page.keyboard.press("s")
    expect(page.locator("dialog .segmented button")).to_have_text(["15 min", "1 h", "4 h"])
    page.locator("dialog [name=reason]").fill(" ")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    page.locator("dialog [name=reason]").fill(SCRIPT)
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator(".alarms")).to_be_focused()  # and not another alarm, which the next key would hit
    page.get_by_role("button", name="Shelved").click()
    shelved = page.locator(".alarm", has_text="crac-1")
    expect(shelved).to_contain_text(SCRIPT)
    expect(page).not_to_have_title("taken")


def test_the_time_machine_shows_the_same_alarm_at_the_same_second_as_live(opened: Opened, url: str, demo: Command) -> None:
    raised = failure(opened.page, url)
    recording = str(demo.log_path.parent / "recording")
    with hotzone(demo.log_path.parent, "replay", recording, "--serve", "--http", "127.0.0.1:0") as replay:
        served = found(replay)
        page = go(opened.page, served, "alarms")
        row = page.locator(".alarm", has_text="unit failed")

        def move(at: int) -> None:
            answer = page.request.post(f"{served}/api/v1/replay", data={"at": at, "playing": False})
            assert answer.ok, answer.text()

        move(raised["at"] - 1)
        expect(page.locator("#time output")).to_contain_text(clock(raised["at"] - 1))
        expect(row).to_have_count(0)
        expect(page.locator(".marks i")).not_to_have_count(0)
        page.keyboard.press("]")
        expect(row).to_have_count(1)
        page.keyboard.press("[")
        expect(row).to_have_count(1)
        move(raised["at"] - 1)
        expect(row).to_have_count(0)
        move(raised["at"])
        expect(row).to_have_count(1)
        expect(row.locator(".age small")).to_contain_text(clock(raised["at"]))
        expect(row.locator(".state")).to_have_text("not acknowledged")
        page.get_by_label("Moment of the recording").press("ArrowLeft")
        expect(page.locator("#time output")).to_contain_text(clock(raised["at"] - MINUTE))
        expect(row).to_have_count(0)
        with page.expect_response("**/api/v1/replay") as moved:
            page.get_by_label("Moment of the recording").press("End")
        there = moved.value.json()
        assert there["at"] == there["to"]


def test_names_that_are_made_to_hurt_show_as_text(opened: Opened, url: str) -> None:
    def rename(route: object) -> None:
        answer = route.fetch()
        site = answer.json()
        site["name"] = SCRIPT
        site["halls"][0]["id"] = "<img src=x onerror=alert(1)>"
        racks = site["halls"][0]["zones"][0]["racks"]
        racks[0]["id"], racks[1]["id"] = SCRIPT, OVERRIDE
        route.fulfill(response=answer, json=site)

    opened.page.route("**/api/v1/site", rename)
    page = go(opened.page, url)
    expect(page.locator("#site bdi")).to_have_text(SCRIPT)
    expect(page.locator("h2 bdi")).to_have_text("<img src=x onerror=alert(1)>")
    for rack, text in ((0, SCRIPT), (1, OVERRIDE)):
        page.locator(".rack").nth(rack).hover()
        expect(page.locator(".tip bdi").first).to_have_text(text)
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert (
        page.evaluate("document.querySelector('bdi').ownerDocument.defaultView.getComputedStyle(document.querySelector('bdi')).unicodeBidi")
        == "isolate"
    )


def test_a_rack_is_reached_and_opened_by_the_keyboard_alone(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    page.locator("#views a").last.focus()
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.dataset.rack")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    rack = page.evaluate("document.activeElement.dataset.rack")
    assert (first, rack) == ("A1-r01", "B1-r02")
    page.keyboard.press("Enter")
    expect(page.locator(".drawer h3")).to_contain_text("B1-r02")
    expect(page.locator(".drawer tbody tr")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.rack") == "B1-r02"


def test_a_row_that_moves_keeps_the_focus(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    assert page.evaluate(MOVE_THE_FOCUSED_ROW) == "b"


def test_a_group_is_acknowledged_at_once_and_what_is_over_meanwhile_is_told(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    assert page.evaluate(ACKNOWLEDGE_A_GROUP) == [["Acknowledge all 2"], ["Acknowledged: 1 of 2", "error"], ["a by kim", "b by kim"]]


def test_health_says_what_became_of_the_calls_of_a_handler(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    assert page.evaluate(HEALTH_OF_A_HANDLER) == [
        ["handler", "state", "waiting", "told", "failed", "dead", "abandoned", "restarted"],
        ["pager", "left alone for a while", "1", "2", "3", "4", "5", "6"],
    ]


def test_a_time_machine_that_is_dragged_fast_asks_for_the_last_moment_and_stays_there(opened: Opened, url: str) -> None:
    page = go(opened.page, url)
    assert page.evaluate(DRAG_FASTER_THAN_IT_ANSWERS) == [[10_000], [10_000, 30_000], 30_000, [10_000, 30_000], 30_000]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wrong_for_those_who_see_or_hear_otherwise(browser: Chromium, url: str, scheme: str) -> None:
    with browser.tab(scheme="dark" if scheme == "dark" else "light") as opened:
        wrong = {}
        for view in VIEWS.values():
            page = go(opened.page, url, view)
            page.wait_for_timeout(300)
            page.evaluate(EVERY_STATE)
            results = Axe().run(page, options={"runOnly": ["color-contrast"]} if scheme == "dark" else None)
            wrong |= {
                f"{view}: {one['id']}": [
                    node["html"][:160] + " | " + node["any"][0]["message"] if node["any"] else node["html"][:200] for node in one["nodes"]
                ][:4]
                for one in results.response["violations"]
            }
        assert wrong == {}
        assert opened.complaints == []


def test_a_phone_has_no_sideways_scrolling(browser: Chromium, url: str) -> None:
    with browser.tab(size=PHONE) as opened:
        for view in VIEWS.values():
            page = go(opened.page, url, view)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], view


def test_it_says_that_its_data_is_old_and_comes_back_by_itself(browser: Chromium, tmp_path: Path) -> None:
    room = Crowd(crowded(240), tmp_path)
    with browser.tab() as opened, reserved_port() as port:
        with shown(room, port) as url:
            page = go(opened.page, url)
            expect(page.locator("#notice")).to_be_hidden()
        expect(page.locator("#feed")).to_have_text("old")
        expect(page.locator("#notice")).to_contain_text("No news from the server for")
        with shown(room, port):
            expect(page.locator("#feed")).to_have_attribute("data-state", "live")
            expect(page.locator("#notice")).to_be_hidden()
        (tmp_path / "other").mkdir()
        with shown(Crowd(crowded(480), tmp_path / "other"), port):  # readings come by number: it must not go on with the names of before
            expect(page.locator(".rack")).to_have_count(sum(len(zone.racks) for zone in crowded(480).zones))


@pytest.mark.parametrize("thermometers", [0, 20_000])
def test_however_many_thermometers_there_are_a_second_of_it_costs_a_fifth_of_a_core_at_most(
    browser: Chromium, tmp_path: Path, thermometers: int, record_property: Callable[[str, object], None]
) -> None:
    site = crowded(thermometers)
    assert len(site.sensors) >= thermometers
    with shown(Crowd(site, tmp_path, silent=not thermometers)) as url, browser.tab() as opened:
        session = opened.page.context.new_cdp_session(opened.page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page = go(opened.page, url)
        figures = page.locator(".head p.muted").first
        expect(figures).to_contain_text("median" if thermometers else "no good data yet")
        page.evaluate(COUNT_DRAWN)
        before, began = task_seconds(session), time.monotonic()
        page.wait_for_timeout(MEASURED_MS)
        share = (task_seconds(session) - before) / (time.monotonic() - began)
        record_property("share of a core", round(share, 4))
        print(f"{len(site.sensors):,} thermometers: {share:.1%} of a core")
        assert bool(page.evaluate("window.drawn")) == bool(thermometers), "nothing was drawn while it was measured"
        assert share < 0.2


def task_seconds(session: CDPSession) -> float:
    """CPU time of the page's main thread, by the browser's own metrics."""
    return float(next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration"))


def test_dark_and_light_follow_the_system_until_somebody_chooses(browser: Chromium, url: str) -> None:
    with browser.tab(scheme="dark") as opened:
        page = go(opened.page, url)
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.locator("#theme").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_nothing_moves_where_people_want_no_motion(browser: Chromium, url: str) -> None:
    with browser.tab(reduced_motion="reduce") as opened:
        page = go(opened.page, url)
        moving = page.evaluate("document.getAnimations().filter((each) => each.playState === 'running').length")
        assert moving == 0


def test_times_are_the_viewers_with_the_sites_beside(browser: Chromium, url: str) -> None:
    with browser.tab(zone="Asia/Tokyo") as opened:
        page = go(opened.page, url)
        expect(page.locator("#clock .there")).to_contain_text("Tokyo · site")


def test_every_file_of_the_page_comes_from_the_server_itself(browser: Chromium, url: str) -> None:
    with browser.tab() as opened:
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        for view in VIEWS.values():
            go(opened.page, url, view)
        assert [address for address in asked if not address.startswith(f"{url}/")] == []
        assert any(address.endswith("uplot.js") for address in asked)


def test_the_page_has_no_script_or_style_in_its_markup() -> None:
    page = (Path(__file__).parents[2] / "app" / "web" / "page" / "index.html").read_text("utf-8")
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count('<script type="module" src="js/main.js"></script>') == 1
