// KPIs: is the alarm system itself any good, each figure beside its target.

import { el, keyed, name, setAttr, setText } from "../dom.js";
import { fixed, moment, percent, span, words } from "../format.js";

export const title = "KPIs";

const HOUR = 3_600_000;
const RANGES = [
  ["1 h", HOUR],
  ["8 h", 8 * HOUR],
  ["24 h", 24 * HOUR],
  ["7 d", 168 * HOUR],
  ["30 d", 720 * HOUR],
];

export function mount(root, app) {
  const { store } = app;
  const state = { back: RANGES[2][1] };
  const ranges = el("div", { class: "segmented", role: "group", "aria-label": "How far back" });
  const figures = el("p", { class: "muted" });
  const body = el("div", { class: "cards" });
  root.append(el("div", { class: "head" }, el("h2", {}, "KPIs"), figures, el("div", { class: "end" }, ranges)), body);
  keyed(ranges, RANGES, ([label]) => label, ([label, back]) => el("button", { type: "button", onclick: () => ((state.back = back), load()) }, label));

  async function load() {
    for (const [label, button] of ranges.hotzoneRows) setAttr(button, "aria-pressed", String(RANGES.find(([one]) => one === label)[1] === state.back));
    if (!store.at) return;
    try {
      render(await app.api.kpi(store.at - state.back, store.at));
    } catch (error) {
      setText(figures, `No figures: ${error.message}`);
    }
  }

  function render(kpi) {
    setText(figures, `${moment(kpi.from)} to ${moment(kpi.to)}, ${span(kpi.to - kpi.from)}; ${kpi.annunciated} calls`);
    body.replaceChildren(
      el(
        "section",
        { class: "panel card wide" },
        el("h3", {}, "The alarm system, by ISA-18.2 and EEMUA 191"),
        el(
          "table",
          { class: "kpis" },
          el("thead", {}, el("tr", {}, ["figure", "value", "unit", "target", "verdict"].map((text, index) => el("th", { scope: "col", class: index === 1 ? "number" : null }, text)))),
          el("tbody", {}, kpi.figures.map(figureRow)),
        ),
      ),
      el(
        "div",
        { class: "stack" },
        section("Call most", kpi.top.length ? el("ul", { class: "bars" }, kpi.top.map((one) => bar(words(one.name), one.count, kpi.top[0].count))) : el("p", { class: "note" }, "Nothing called in this time.")),
        section("At the end of this time", el("ul", { class: "bars" }, [["stand", kpi.standing], ...Object.entries(kpi.aside)].map(([label, number]) => bar(words(label), number, Math.max(kpi.standing, ...Object.values(kpi.aside), 1))))),
        kpi.chattering.length || kpi.fleeting.length || kpi.stale.length
          ? section("To be mended", ...[["Chattering", kpi.chattering], ["Fleeting", kpi.fleeting], ["Stale", kpi.stale]].filter(([, list]) => list.length).map(([label, list]) => el("p", { class: "note" }, `${label}: `, name(list.map(words).join(", ")))))
          : "",
        kpi.floods.length ? section("Floods", el("ul", { class: "bars" }, kpi.floods.map((one) => el("li", {}, el("span", {}, moment(one.begin), ", ", span(one.end - one.begin)), el("span", {}, `${one.alarms} alarms, most ${one.peak}`))))) : "",
        kpi.halls.length ? halls(kpi.halls) : "",
      ),
    );
  }

  load();
  return {
    update(changes) {
      if (changes.whole) load();
    },
  };
}

const section = (heading, ...content) => el("section", { class: "panel card" }, el("h3", {}, heading), ...content);

function figureRow({ name: label, value, unit, target, good }) {
  const shown = value === null ? "–" : unit === "s" ? span(value * 1000) : fixed(value, value % 1 ? 1 : 0);
  return el(
    "tr",
    {},
    el("td", {}, label),
    el("td", { class: "number" }, shown),
    el("td", { class: "muted" }, unit === "s" || value === null ? "" : unit),
    el("td", { class: "muted" }, target),
    el("td", {}, good === null ? "" : el("span", { class: "verdict", "data-good": String(good) }, good ? "within" : "outside")),
  );
}

function halls(list) {
  return section(
    "Air, now",
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ["hall", "RCI high", "RCI low", "RTI", "SHI"].map((text, index) => el("th", { scope: "col", class: index ? "number" : null }, text)))),
      el(
        "tbody",
        {},
        list.map((one) =>
          el("tr", {}, el("td", {}, name(one.hall)), [percent(one.rci?.hi, 1), percent(one.rci?.lo, 1), percent(one.rti, 0), fixed(one.shi, 2)].map((value) => el("td", { class: "number" }, value))),
        ),
      ),
    ),
    el("p", { class: "note" }, "RCI: 96 or more is good, 90 or less is poor. RTI: over 100 air recirculates, under it air goes round the racks. SHI: under 0.2 is good."),
  );
}

function bar(label, number, most) {
  return el("li", {}, el("span", {}, name(label)), el("span", {}, String(number)), el("span", { class: "bar" }, el("i", { style: { width: `${((100 * number) / most).toFixed(1)}%` } })));
}
