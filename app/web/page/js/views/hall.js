// The hall: what is where, how warm, and what cools it.

import { BANDS, UNKNOWN, edges } from "../bands.js";
import { LiveChart, colour } from "../chart.js";
import { el, keyed, name, setAttr, setText } from "../dom.js";
import { celsius, count, fixed, percent, span, time, words } from "../format.js";
import { PRIORITIES, glyph } from "../glyphs.js";
import { QUALITY } from "../store.js";
import { Drawer, parts } from "./rack.js";
import { Plan } from "./plan.js";
import { UnitDrawer } from "./unit.js";

export const title = "Hall";

const BACK_MS = 15 * 60_000;
const LINES = 8;
const NOTED = 6;
const UNIT = "unit:";

export function mount(root, app, [wanted, opened]) {
  const { store } = app;
  const state = { hall: store.halls.find((hall) => hall.id === wanted) ?? store.halls[0] };
  const tip = el("div", { class: "tip", role: "tooltip", hidden: true });
  const tabs = el("div", { class: "segmented", role: "group", "aria-label": "Halls", hidden: store.halls.length < 2 });
  const heading = el("h2");
  const figures = el("p", { class: "muted" });
  const work = el("p", { class: "chip", "data-state": "failsafe", hidden: true });
  const board = el("div", { class: "plan-board" });
  const legend = el("ul", { class: "legend", "aria-label": "Colours and how many racks have them" });
  const zoneRows = el("tbody");
  const unitRows = el("tbody");
  const units = panel("Cooling units", ["unit", "state", "fan", "supply"], unitRows);
  const noted = el("ul", { class: "noted" });
  const overview = el("div", { class: "side" }, el("section", { class: "panel" }, el("h3", {}, "Open alarms"), noted), panel("Zones", ["zone", "value", "state", "demand"], zoneRows), units);
  const aside = el("div", {}, overview);
  const trend = el("div");
  const trendKeys = el("p", { class: "trend-keys" });
  const plan = new Plan({
    onOpen: (rack) => app.go("hall", state.hall.id, rack.id),
    onPoint: (rack, node) => point(rack, node),
    onUnit: (unit) => app.go("hall", state.hall.id, UNIT + unit.id),
    onServe: (unit) => {
      setAttr(board.parentElement, "data-serves", unit ? "true" : null);
      plan.serve(unit);
    },
  });
  board.append(plan.root);
  root.append(
    el("div", { class: "head" }, heading, figures, work, el("div", { class: "end" }, tabs)),
    el("div", { class: "hall" }, el("div", { class: "stack" }, el("div", { class: "panel" }, el("div", { class: "plan" }, board), legend), el("section", { class: "panel trend" }, el("h3", {}, "Zones, last 15 minutes"), trendKeys, trend)), aside),
    tip,
  );
  keyed(
    tabs,
    store.halls,
    (hall) => hall.id,
    (hall) => el("button", { type: "button", onclick: () => app.go("hall", hall.id) }, name(hall.id)),
    (button, hall) => setAttr(button, "aria-pressed", String(hall === state.hall)),
  );

  const close = () => app.go("hall", state.hall.id);
  const drawer = new Drawer(app, close);
  const unitDrawer = new UnitDrawer(app, close);

  function draw() {
    const width = board.clientWidth;
    if (!width) return;
    plan.draw(state.hall, width, Math.max(window.innerHeight - board.getBoundingClientRect().top - window.scrollY - 296, 240));
    for (const rack of state.hall.racks) plan.showRack(rack);
    for (const rack of state.hall.racks) plan.label(rack);
    for (const zone of state.hall.zones) plan.showZone(zone.id, store.zones.get(zone.id));
    for (const unit of state.hall.units) plan.showUnit(unit, store.units.get(unit.id));
    plan.select(drawer.rack);
  }

  function open(id) {
    const unit = id?.startsWith(UNIT) ? state.hall.units.find((one) => one.id === id.slice(UNIT.length)) : null;
    if (unit) {
      drawer.close();
      if (unitDrawer.unit !== unit) {
        unitDrawer.open(unit);
        reveal(unitDrawer);
      }
      plan.select(null);
      return;
    }
    if (unitDrawer.unit) {
      const before = unitDrawer.unit;
      unitDrawer.close();
      aside.replaceChildren(overview);
      plan.units.get(before.id)?.node.focus();
    }
    const rack = id ? state.hall.racks.find((one) => one.id === id) : null;
    if (rack && rack === drawer.rack) plan.roam(rack.index);
    else if (rack) {
      plan.roam(rack.index);
      drawer.open(rack);
      reveal(drawer);
    } else if (drawer.rack) {
      const before = drawer.rack;
      drawer.close();
      aside.replaceChildren(overview);
      plan.nodes.get(before.index)?.node.focus();
    }
    plan.select(drawer.rack);
  }

  function reveal({ root: opened }) {
    aside.replaceChildren(opened);
    opened.focus({ preventScroll: true });
  }

  function point(rack, node) {
    state.pointed = rack;
    tip.hidden = !rack;
    if (!rack) return;
    plan.label(rack);
    showTip(rack);
    const box = node.getBoundingClientRect();
    const left = Math.min(Math.max(box.left + box.width / 2 - tip.offsetWidth / 2, 8), window.innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(above > 56 ? above : box.bottom + 8)}px)`);
  }

  function showTip(rack) {
    const rows = parts(rack, store).filter((part) => part.inlet);
    tip.replaceChildren(
      el("div", { class: "big" }, name(rack.id), el("strong", {}, celsius(rack.band === UNKNOWN ? Number.NaN : rack.value))),
      el("div", { class: "muted" }, BANDS[rack.band].name, ", zone ", name(rack.zone.id)),
      el("dl", {}, rows.map((part) => [el("dt", {}, part.label), el("dd", {}, part.quality ? QUALITY[part.quality] : celsius(part.celsius))])),
    );
  }

  function maintain() {
    const until = store.maintenance[state.hall.id];
    work.hidden = !until;
    if (until) setText(work, `In maintenance until ${time(until / 1e6).slice(0, 5)}: commands are shown, not sent; thermal alarms call nobody`);
  }

  function showTrend() {
    state.chart?.destroy();
    const zones = [...state.hall.zones].sort((a, b) => (store.zones.get(b.id)?.value ?? 0) - (store.zones.get(a.id)?.value ?? 0)).slice(0, LINES);
    if (state.hall.zones.length <= LINES) zones.splice(0, zones.length, ...state.hall.zones);
    trendKeys.replaceChildren(...zones.map((zone, index) => el("span", {}, el("span", { class: "line-key", style: { "--key": colour(index) } }), name(zone.id))));
    state.chart = new LiveChart(app, trend, {
      series: zones.map((zone) => ({ id: zone.id, label: zone.id, read: () => store.zones.get(zone.id)?.value ?? null })),
      limits: zones[0]?.limits ?? [],
      back: BACK_MS,
      height: 172,
    });
  }

  function showAlarms() {
    const mine = [...store.alarms.values()].filter((record) => record.shown && (!record.zone || store.zoneOf.get(record.zone)?.hall === state.hall) && (!record.unit || store.unitOf.get(record.unit)?.hall === state.hall));
    mine.sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || b.raisedAt - a.raisedAt);
    const items = mine.slice(0, NOTED).concat(mine.length > NOTED ? [{ key: "more", more: mine.length - NOTED }] : mine.length ? [] : [{ key: "none" }]);
    keyed(noted, items, (item) => item.key, note, updateNote);
  }

  function note(item) {
    if (item.key === "none") return el("li", { class: "muted" }, "No alarm stands");
    if (item.key === "more") return el("li", {}, el("a", { href: "#/alarms" }));
    return el("li", {}, el("a", {}), el("span", { class: "muted" }));
  }

  function updateNote(row, item) {
    if (item.key === "none") return;
    if (item.key === "more") return void setText(row.firstChild, `and ${item.more} more`);
    const [link, since] = row.children;
    setAttr(row, "data-fresh", item.unacknowledged);
    setText(since, item.standing ? span(store.now() - item.raisedAt) : "over");
    if (row.record === item) return;
    row.record = item;
    setAttr(link, "href", `#/alarms/${encodeURIComponent(item.id)}`);
    link.replaceChildren(glyph(item.priority, { fresh: item.unacknowledged, quiet: !item.standing }), el("span", {}, words(item.rule), " ", name(item.unit ?? item.zone ?? "")));
  }

  function showZones(ids) {
    for (const id of ids) plan.showZone(id, store.zones.get(id));
    keyed(zoneRows, state.hall.zones, (zone) => zone.id, zoneRow, (row, zone) => updateZone(row, store.zones.get(zone.id)));
  }

  function showUnits(changed) {
    units.hidden = !state.hall.units.length;
    for (const unit of state.hall.units) if (changed.has(unit.id)) plan.showUnit(unit, store.units.get(unit.id));
    keyed(unitRows, state.hall.units, (unit) => unit.id, (unit) => unitRow(state.hall, unit), (row, unit) => updateUnit(row, store.units.get(unit.id)));
  }

  function summarise() {
    const racks = state.hall.racks;
    const counts = new Array(BANDS.length).fill(0);
    const values = [];
    for (const rack of racks) {
      counts[rack.band] += 1;
      if (rack.band !== UNKNOWN) values.push(rack.value);
    }
    values.sort((a, b) => a - b);
    const text = values.length ? `hottest inlet of a rack: median ${fixed(values[values.length >> 1])}, most ${fixed(values.at(-1))} °C` : "no good data yet";
    setText(figures, `ASHRAE ${state.hall.ashrae}, ${count(racks.length)} ${racks.length === 1 ? "rack" : "racks"}, ${text}`);
    const items = edges(state.hall.range).concat([null]).map((edge, band) => ({ band, edge, count: counts[band] }));
    keyed(legend, items, (item) => item.band, legendItem, (row, item) => {
      setText(row.lastChild, item.count);
      row.classList.toggle("none", item.count === 0);
    });
  }

  function legendItem({ band, edge }) {
    const between = edge === null ? BANDS[band].name : edge[0] === null ? `under ${edge[1]} °C` : edge[1] === null ? `over ${edge[0]} °C` : `${edge[0]} to ${edge[1]} °C`;
    return el("li", {}, el("span", { class: `swatch band-${band}`, "aria-hidden": "true" }, BANDS[band].mark), el("span", { title: BANDS[band].name }, between), el("strong", {}));
  }

  function choose(hall, rack) {
    const other = hall !== state.hall;
    state.hall = hall;
    if (other) zoneRows.replaceChildren(), (zoneRows.hotzoneRows = null), unitRows.replaceChildren(), (unitRows.hotzoneRows = null);
    heading.replaceChildren("Hall ", name(hall.id));
    maintain();
    for (const [index, button] of [...tabs.children].entries()) setAttr(button, "aria-pressed", String(store.halls[index] === hall));
    draw();
    if (other || !state.chart) showTrend();
    showAlarms();
    open(rack);
    showZones([]);
    showUnits(new Set());
    summarise();
  }

  const resized = new ResizeObserver(() => {
    if (board.clientWidth !== state.width) {
      state.width = board.clientWidth;
      draw();
    }
  });
  resized.observe(board);
  const onKey = (event) => {
    if (event.key === "Escape" && (drawer.rack || unitDrawer.unit)) app.go("hall", state.hall.id);
  };
  addEventListener("keydown", onKey);
  const timer = setInterval(showAlarms, 5000);
  choose(state.hall, opened);

  return {
    params([hall, rack]) {
      choose(store.halls.find((one) => one.id === hall) ?? store.halls[0], rack);
    },
    update(changes) {
      if (changes.whole) {
        choose(state.hall, unitDrawer.unit ? UNIT + unitDrawer.unit.id : drawer.rack?.id);
        showTrend();
        drawer.update(changes);
        unitDrawer.update(changes);
        return;
      }
      for (const index of changes.racks) plan.showRack(store.racks[index]);
      if (changes.racks.size) summarise();
      if (changes.zones.size) showZones(changes.zones);
      if (changes.units.size) showUnits(changes.units);
      if (state.pointed && changes.racks.has(state.pointed.index)) showTip(state.pointed);
      if (changes.maintenance) maintain();
      if (changes.alarms) showAlarms();
      if (changes.zones.size) state.chart?.push();
      drawer.update(changes);
      unitDrawer.update(changes);
    },
    unmount() {
      clearInterval(timer);
      state.chart?.destroy();
      resized.disconnect();
      removeEventListener("keydown", onKey);
      drawer.close();
      unitDrawer.close();
    },
  };
}

function panel(heading, columns, body) {
  const head = columns.map((column, index) => el("th", { scope: "col", class: column === "state" || index === 0 || column === "demand" || column === "fan" ? null : "number" }, column));
  return el("section", { class: "panel" }, el("h3", {}, heading), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": heading }, el("table", {}, el("thead", {}, el("tr", {}, head)), body)));
}

const gauge = (label) => el("span", { class: "gauge", role: "img", "aria-label": label }, el("i"), el("b", { hidden: true }));

function setGauge(node, value, mark) {
  const bar = node.firstChild;
  bar.style.setProperty("transform", `scaleX(${Math.max(0, Math.min(1, (value ?? 0) / 100)).toFixed(2)})`);
  const tick = node.lastChild;
  tick.hidden = mark === null || mark === undefined;
  if (!tick.hidden) tick.style.setProperty("left", `calc(${mark}% - 1px)`);
}

function zoneRow(zone) {
  return el(
    "tr",
    {},
    el("td", {}, name(zone.id)),
    el("td", { class: "number" }),
    el("td", {}, el("span", { class: "chip" })),
    el("td", {}, gauge("demand"), " ", el("span")),
  );
}

function updateZone(row, state) {
  const [, value, chip, demand] = row.children;
  setText(value, celsius(state?.value));
  setAttr(chip.firstChild, "data-state", state?.state ?? "unknown");
  setText(chip.firstChild, words(state?.state ?? "unknown"));
  setGauge(demand.firstChild, state?.demand);
  setText(demand.lastChild, percent(state?.demand));
}

function unitRow(hall, unit) {
  return el(
    "tr",
    {},
    el("td", {}, el("a", { class: "quiet-link", href: `#/hall/${encodeURIComponent(hall.id)}/unit:${encodeURIComponent(unit.id)}` }, name(unit.id))),
    el("td", {}, el("span", { class: "chip" })),
    el("td", {}, gauge("fan; the line is what was commanded"), " ", el("span")),
    el("td", { class: "number" }),
  );
}

function updateUnit(row, state) {
  const [, chip, fan, supply] = row.children;
  setAttr(chip.firstChild, "data-state", state?.trouble ? "trouble" : (state?.state ?? "unknown"));
  setText(chip.firstChild, words(state?.state ?? "not heard of"));
  setGauge(fan.firstChild, state?.fan, state?.commanded);
  setText(fan.lastChild, percent(state?.fan));
  setText(supply, celsius(state?.supply));
}
