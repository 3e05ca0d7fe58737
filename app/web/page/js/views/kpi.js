// KPIs: is the alarm system itself any good, each figure beside its target.

import { el, keyed, name, setAttr, setText } from "../dom.js";
import { fixed, moment, percent, span, words } from "../format.js";

export const title = "KPIs";

const AGAIN_MS = 10_000;
const HOUR = 3_600_000;
const FAST = 5;
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
    const asked = (state.asked = {});
    try {
      const found = await app.api.kpi(store.at - state.back, store.at);
      if (asked === state.asked) render(found);
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
          el("thead", {}, el("tr", {}, ["figure", "value", "target", "verdict"].map((text, index) => el("th", { scope: "col", class: index === 1 ? "number" : null }, text)))),
          el("tbody", {}, kpi.figures.map(figureRow)),
        ),
      ),
      el(
        "div",
        { class: "stack" },
        section("Call most", kpi.top.length ? el("ul", { class: "bars" }, kpi.top.map((one) => bar(called(one.name), one.count, kpi.top[0].count))) : el("p", { class: "note" }, "Nothing called in this time.")),
        section("At the end of this time", el("ul", { class: "bars" }, [["standing", kpi.standing], ...Object.entries(kpi.aside)].map(([label, number]) => bar(words(label), number, Math.max(kpi.standing, ...Object.values(kpi.aside), 1))))),
        kpi.chattering.length || kpi.fleeting.length || kpi.stale.length
          ? section("To be mended", ...[["Chattering", kpi.chattering], ["Fleeting", kpi.fleeting], ["Stale", kpi.stale]].filter(([, list]) => list.length).map(([label, list]) => el("p", { class: "note" }, `${label}: `, name(list.map(called).join(", ")))))
          : "",
        kpi.floods.length ? section("Floods", el("ul", { class: "bars" }, kpi.floods.map((one) => el("li", {}, el("span", {}, moment(one.begin), ", ", span(one.end - one.begin)), el("span", {}, `${one.alarms} alarms, most ${one.peak}`))))) : "",
        kpi.halls.length ? halls(kpi.halls) : "",
      ),
    );
  }

  load();
  const timer = setInterval(load, AGAIN_MS);
  return {
    update(changes) {
      if (changes.whole) load();
    },
    unmount() {
      clearInterval(timer);
    },
  };
}

// "crac-1 unit-failed" as "crac-1 unit failed": a place keeps its name.
function called(text) {
  const end = text.lastIndexOf(" ");
  return `${text.slice(0, end)} ${words(text.slice(end + 1))}`;
}

const section = (heading, ...content) => el("section", { class: "panel card" }, el("h3", {}, heading), ...content);

function figureRow({ name: label, value, unit, target, good }) {
  const digits = Math.abs(value - Math.round(value)) < 0.05 ? 0 : 1;
  const shown = unit === "s" ? span(value === null ? null : value * 1000) : unit === "%" ? percent(value, digits) : fixed(value, digits);
  return el(
    "tr",
    {},
    el("td", {}, label, unit === "s" || unit === "%" ? "" : el("span", { class: "muted" }, ` ${unit}`)),
    el("td", { class: "number" }, shown),
    el("td", { class: "muted" }, target),
    el("td", {}, good === null ? "" : el("span", { class: "verdict", "data-good": String(good) }, good ? "within" : "outside")),
  );
}

function halls(list) {
  const heads = ["hall", "RCI high", "RCI low", "RTI", "SHI", "RHI"];
  const row = (one) => [percent(one.rci?.hi, 1), percent(one.rci?.lo, 1), percent(one.rti, 0), fixed(one.shi, 2), fixed(one.rhi, 2)];
  return section(
    "Air, now",
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((text, index) => el("th", { scope: "col", class: index ? "number" : null }, text)))),
      el("tbody", {}, list.map((one) => el("tr", {}, el("td", {}, name(one.hall)), row(one).map((value) => el("td", { class: "number" }, value))))),
    ),
    list.map(racks),
    el("p", { class: "note" }, "RCI: 96 or more is good, 90 or less is poor. RTI: over 100 air recirculates, under it air goes round the racks. SHI: under 0.2 is good."),
  );
}

// How many racks are in which class of ASHRAE's, and those that warm or cool too fast.
function racks(hall) {
  const classes = new Map();
  for (const rack of hall.racks) classes.set(rack.ashrae, (classes.get(rack.ashrae) ?? 0) + 1);
  const fast = hall.racks.filter((rack) => rack.fast).sort((a, b) => Math.abs(b.rise) - Math.abs(a.rise));
  return [
    el("p", { class: "note" }, "Racks of ", name(hall.hall), " by class, declared ", hall.ashrae, ": ", [...classes].sort().map(([label, count]) => `${label} ${count}`).join(", ") || "none"),
    fast.length ? el("p", { class: "note" }, `Faster than 20 K an hour: ${fast.length}, first `, fast.slice(0, FAST).map((rack, index) => [index ? ", " : "", name(rack.rack), ` ${fixed(rack.rise, 0)} K/h`])) : "",
  ];
}

function bar(label, number, most) {
  return el("li", {}, el("span", {}, name(label)), el("span", {}, String(number)), el("span", { class: "bar" }, el("i", { style: { width: `${((100 * number) / most).toFixed(1)}%` } })));
}
