// KPIs: is the alarm system itself any good, each figure beside its target.

import { el, keyed, name, setAttr, setText } from "../dom.js";
import { moment, span, words } from "../format.js";
import { PRIORITIES, glyph } from "../glyphs.js";

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
    setText(figures, `${moment(kpi.from)} to ${moment(kpi.to)}, ${span(kpi.to - kpi.from)}`);
    body.replaceChildren(
      el(
        "section",
        { class: "panel card wide" },
        el("h3", {}, "Alarms by ISA-18.2"),
        el(
          "table",
          { class: "kpis" },
          el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "figure"), el("th", { scope: "col", class: "number" }, "value"), el("th", { scope: "col" }, "target"), el("th", { scope: "col" }, ""))),
          el("tbody", {}, kpi.figures.map((one) => el("tr", {}, el("td", {}, one.label), el("td", { class: "number" }, one.value), el("td", { class: "muted" }, one.target ?? ""), el("td", {}, one.good === null ? "" : el("span", { class: "verdict", "data-good": String(one.good) }, one.good ? "within" : "outside"))))),
        ),
      ),
      el(
        "section",
        { class: "panel card" },
        el("h3", {}, "Priorities"),
        el("ul", { class: "bars" }, PRIORITIES.map((priority) => bar([glyph(priority), " ", priority], kpi.priorities[priority] ?? 0, Math.max(...Object.values(kpi.priorities), 1)))),
      ),
      el(
        "section",
        { class: "panel card" },
        el("h3", {}, "Most frequent"),
        kpi.top.length ? el("ul", { class: "bars" }, kpi.top.map((one) => bar([words(one.rule), " ", name(one.place)], one.count, kpi.top[0].count))) : el("p", { class: "note" }, "No alarm in this time."),
      ),
      kpi.halls.length
        ? el(
            "section",
            { class: "panel card" },
            el("h3", {}, "Halls now"),
            el(
              "table",
              {},
              el("thead", {}, el("tr", {}, ["hall", ...kpi.columns].map((text, index) => el("th", { scope: "col", class: index ? "number" : null }, text)))),
              el("tbody", {}, kpi.halls.map((one) => el("tr", {}, el("td", {}, name(one.id)), one.values.map((value) => el("td", { class: "number" }, value))))),
            ),
            el("p", { class: "note" }, "RCI: 96 or more is good, 90 or less poor. RTI: 100 is balanced, over it air recirculates, under it air bypasses."),
          )
        : "",
    );
  }

  load();
  return {
    update(changes) {
      if (changes.whole) load();
    },
  };
}

function bar(label, number, most) {
  return el("li", {}, el("span", {}, label), el("span", {}, String(number)), el("span", { class: "bar" }, el("i", { style: { width: `${((100 * number) / most).toFixed(1)}%` } })));
}
