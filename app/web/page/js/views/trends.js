// Trends: thermometers, zones and units together over one time, with the limits and the alarms of what is shown.

import { Chart, colour } from "../chart.js";
import { el, keyed, name, setAttr, setText } from "../dom.js";
import { celsius, fixed, moment, percent, span, words } from "../format.js";
import { glyph, icon } from "../glyphs.js";

export const title = "Trends";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const CLOSEST = 2 * MINUTE;
const LONGEST = 7 * DAY;
const WALKS = [
  { sign: "earlier", label: "Earlier", keys: ["ArrowLeft"], key: "←", by: -0.5 },
  { sign: "minus", label: "Wider", keys: ["-"], key: "−", times: 2 },
  { sign: "plus", label: "Closer", keys: ["+", "="], key: "+", times: 0.5 },
  { sign: "later", label: "Later", keys: ["ArrowRight"], key: "→", by: 0.5 },
];
const RANGES = [
  ["15 min", 15 * MINUTE],
  ["1 h", 60 * MINUTE],
  ["6 h", 360 * MINUTE],
  ["24 h", DAY],
];
const MOST = 8;
const FOUND = 60;
const AGAIN_MS = 2000;
const PAUSE = 20; // times what the answer took: a day of everything is not asked for every two seconds

export function mount(root, app, [wanted]) {
  const { store } = app;
  const state = { back: RANGES[0][1], window: null, picked: [], cursor: null, rows: { celsius: [], percent: [] }, alive: true };
  const ranges = el("div", { class: "segmented", role: "group", "aria-label": "How far back" });
  const whole = el("button", { type: "button", class: "button", hidden: true, onclick: () => zoom(null) }, "Back to now");
  const walks = el("div", { class: "segmented walks", role: "group", "aria-label": "Walk through time" }, WALKS.map((one) => el("button", { type: "button", "aria-label": one.label, title: `${one.label} (${one.key})`, onclick: () => walk(one) }, icon(one.sign))));
  const figures = el("p", { class: "muted" });
  const search = el("input", { class: "field", type: "search", placeholder: "Zone, unit, rack, thermometer", "aria-label": "Find a zone, unit, rack or thermometer" });
  const found = el("div", { class: "found", tabindex: 0, role: "region", "aria-label": "What can be shown" });
  const hosts = { celsius: el("div"), percent: el("div") };
  const keysOf = { celsius: el("div", { class: "keys-row" }), percent: el("div", { class: "keys-row" }) };
  const note = el("p", { class: "muted" });
  const sections = {
    celsius: el("section", { hidden: true }, el("h3", {}, "Temperature, °C"), keysOf.celsius, hosts.celsius),
    percent: el("section", { hidden: true }, el("h3", {}, "Fans, %"), note, keysOf.percent, hosts.percent),
  };
  const spans = el("ul", { class: "spans", "aria-label": "Alarms in this time" });
  const empty = el("p", { class: "empty" }, "Choose something to show: up to eight lines.");
  const charts = el("div", { class: "panel charts" }, empty, sections.celsius, sections.percent, spans);
  root.append(
    el("div", { class: "head" }, el("h2", {}, "Trends"), figures, el("div", { class: "end" }, whole, walks, ranges)),
    el("div", { class: "trends" }, el("div", { class: "panel picker" }, search, found), charts),
  );
  keyed(ranges, RANGES, ([label]) => label, ([label, back]) => el("button", { type: "button", onclick: () => ((state.back = back), zoom(null)) }, label), (button, [, back]) =>
    setAttr(button, "aria-pressed", String(back === state.back)),
  );

  const entries = [];
  for (const hall of store.halls) for (const zone of hall.zones) entries.push({ id: zone.id, kind: "zone", group: "Zones", zone: zone.id, limits: zone.limits ?? [] });
  for (const hall of store.halls) for (const unit of hall.units) entries.push({ id: `unit:${unit.id}`, label: unit.id, kind: "unit", group: "Cooling units, fan", unit: unit.id });
  for (const sensor of store.sensors) entries.push({ id: sensor.id, kind: "sensor", group: "Thermometers", zone: sensor.zone.id, index: sensor.index, limits: sensor.zone.limits ?? [] });
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const labelOf = (entry) => entry.label ?? entry.id;
  const scaleOf = (entry) => (entry.kind === "unit" ? "percent" : "celsius");

  function nowOf(entry) {
    if (entry.kind === "zone") return celsius(store.zones.get(entry.zone)?.value);
    if (entry.kind === "unit") return percent(store.units.get(entry.unit)?.fan);
    return celsius(store.celsius[entry.index]);
  }

  function valueNow(entry) {
    if (entry.kind === "zone") return store.zones.get(entry.zone)?.value ?? null;
    if (entry.kind === "unit") return store.units.get(entry.unit)?.fan ?? null;
    const celsius = store.celsius[entry.index];
    return Number.isNaN(celsius) || store.quality[entry.index] > 1 ? null : celsius;
  }

  function choose(ids) {
    state.picked = ids.map((id) => byId.get(id)).filter(Boolean).slice(0, MOST);
    store.watched.clear();
    for (const entry of state.picked) if (entry.kind === "sensor") store.watched.add(entry.index);
    build();
    pickable();
    load();
  }

  function toggle(entry) {
    const ids = state.picked.map((one) => one.id);
    if (ids.includes(entry.id)) ids.splice(ids.indexOf(entry.id), 1);
    else if (ids.length < MOST) ids.push(entry.id);
    else return app.toast(`Eight lines are the most that anybody can tell apart`);
    history.replaceState(null, "", `#/trends/${ids.map(encodeURIComponent).join(",")}`);
    return choose(ids);
  }

  function pickable() {
    const text = search.value.trim().toLowerCase();
    const fits = entries.filter((entry) => state.picked.includes(entry) || labelOf(entry).toLowerCase().includes(text));
    const groups = new Map();
    let count = 0;
    for (const entry of [...fits.filter((one) => state.picked.includes(one)), ...fits.filter((one) => !state.picked.includes(one))]) {
      if (count >= FOUND) break;
      count += 1;
      const group = state.picked.includes(entry) ? "Shown" : entry.group;
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(entry);
    }
    const held = found.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    found.replaceChildren(
      ...[...groups].flatMap(([group, list]) => [
        el("h3", {}, group),
        ...list.map((entry) => {
          const at = state.picked.indexOf(entry);
          return el(
            "button",
            { type: "button", class: "pick", "data-id": entry.id, "aria-pressed": String(at >= 0), style: at >= 0 ? { "--key": colour(at) } : {}, onclick: () => toggle(entry) },
            name(labelOf(entry)),
            el("span", { class: "now" }, nowOf(entry)),
          );
        }),
      ]),
      fits.length > count ? el("p", { class: "muted" }, `and ${fits.length - count} more: type to find them`) : "",
    );
    if (held) found.querySelector(`[data-id="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  function build() {
    for (const scale of ["celsius", "percent"]) {
      state[scale]?.chart.destroy();
      state[scale] = null;
      const mine = state.picked.filter((entry) => scaleOf(entry) === scale);
      sections[scale].hidden = mine.length === 0;
      keysOf[scale].replaceChildren(
        ...mine.map((entry) =>
          el(
            "span",
            { class: "key", "data-id": entry.id },
            el("span", { class: "line-key", style: { "--key": colour(state.picked.indexOf(entry)) } }),
            name(labelOf(entry)),
            el("b", { class: "number" }, "–"),
            el("button", { type: "button", class: "drop", "aria-label": `Remove ${labelOf(entry)}`, onclick: () => toggle(entry) }, "×"),
          ),
        ),
      );
      if (!mine.length) continue;
      const both = state.picked.some((entry) => scaleOf(entry) !== scale);
      const height = Math.max(Math.min(window.innerHeight - 300, 560) * (both ? (scale === "celsius" ? 0.62 : 0.38) : 1), 150);
      const series = mine.map((entry) => ({ label: labelOf(entry), colour: state.picked.indexOf(entry) }));
      const options = { height: Math.round(height), suffix: scale === "percent" ? "%" : "°", sync: "trends", onZoom: (from, to) => zoom({ from, to }), onCursor: (index) => read(scale, index), limits: scale === "celsius" ? limitsOf(mine) : [] };
      state[scale] = { entries: mine, chart: new Chart(hosts[scale], series, options) };
    }
    empty.hidden = state.picked.length > 0;
    spans.hidden = state.picked.length === 0;
  }

  function limitsOf(mine) {
    const zones = new Set(mine.map((entry) => entry.zone));
    if (zones.size > 1 && new Set(mine.map((entry) => JSON.stringify(entry.limits))).size > 1) return [];
    return (mine[0].limits ?? []).map((limit) => ({ ...limit }));
  }

  function zoom(window) {
    state.window = window;
    whole.hidden = !window;
    for (const [label, button] of ranges.hotzoneRows) setAttr(button, "aria-pressed", String(!window && RANGES.find(([one]) => one === label)[1] === state.back));
    load();
  }

  // Half a length to one side, or to half or twice the length; who arrives at the present stays with it.
  function walk({ by = 0, times = 1 }) {
    const { from, to } = extent();
    const length = Math.min(Math.max((to - from) * times, CLOSEST), LONGEST);
    const end = by || state.window ? (from + to + length) / 2 + by * length : to;
    if (end < store.at) return zoom({ from: end - length, to: end });
    state.back = length;
    return zoom(null);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const step = WALKS.find((one) => one.keys.includes(event.key));
    if (!step) return;
    event.preventDefault();
    walk(step);
  }

  const extent = () => state.window ?? { from: store.at - state.back, to: store.at };

  async function load() {
    clearTimeout(state.timer);
    if (!state.alive || !state.picked.length || !store.at) return;
    state.request?.abort();
    state.request = new AbortController();
    const request = state.request;
    const { from, to } = extent();
    const began = performance.now();
    setAttr(charts, "aria-busy", "true");
    setText(figures, `${moment(from)} to ${moment(to)}, ${span(to - from)}`);
    try {
      const ids = state.picked.map((entry) => entry.id);
      const [history, alarms] = await Promise.all([
        app.api.history(ids, from, to, { signal: state.request.signal, points: 900 }),
        app.api.alarmSpans(state.window ? from - DAY : from, to, { signal: state.request.signal }),
      ]);
      const mine = [...alarms, ...standing(alarms)].filter(overlaps(from, to)).filter((one) => state.picked.some((entry) => (entry.unit ? entry.unit === one.unit : entry.zone === one.zone)));
      showSpans(mine);
      for (const scale of ["celsius", "percent"]) {
        if (!state[scale]) continue;
        const columns = state[scale].entries.map((entry) => ids.indexOf(entry.id) + 1);
        const rows = state.window ? history.rows : [...history.rows.filter((row) => row[0] < store.at / 1000 - 1), [store.at / 1000, ...state.picked.map(valueNow)]];
        state[scale].data = [rows.map((row) => row[0]), ...columns.map((column) => rows.map((row) => row[column]))];
        state[scale].chart.set(state[scale].data, { from, to, spans: mine });
        read(scale, null);
      }
    } catch (error) {
      if (error.name !== "AbortError") setText(figures, `No history: ${error.message}`);
    }
    if (request !== state.request) return; // another question has been asked meanwhile
    setAttr(charts, "aria-busy", null);
    if (!state.window) state.timer = setTimeout(load, Math.max(AGAIN_MS, PAUSE * (performance.now() - began)));
  }

  // What was raised before this time, and has not changed in it.
  const standing = (told) =>
    store
      .standing()
      .filter((record) => !told.some((one) => one.key === record.id))
      .map((record) => ({ key: record.id, from: record.raisedAt, to: null, priority: record.priority, rule: record.rule, zone: record.zone, unit: record.unit }));

  function showSpans(list) {
    keyed(
      spans,
      list.slice(0, 12),
      (one) => one.key,
      (one) => el("li", {}, glyph(one.priority, { quiet: one.to !== null }), el("span", {}, words(one.rule), " ", name(one.unit ?? one.zone ?? ""), " "), el("span", { class: "muted" })),
      (row, one) => setText(row.lastChild, `${moment(one.from)}, ${one.to === null ? "stands" : span(one.to - one.from)}`),
    );
  }

  // The values under the cursor, or the last ones.
  function read(scale, index) {
    const shown = state[scale];
    if (!shown?.data) return;
    const at = index ?? shown.data[0].length - 1;
    if (scale === "percent") setText(note, shown.data[0].length > 2 && shown.data.slice(1).every((column) => column.slice(0, -1).every((value) => value === null)) ? "This recording has no minutes of the units: look at 20 minutes or less" : "");
    for (const [place, key] of [...keysOf[scale].children].entries()) {
      const value = shown.data[place + 1]?.[at];
      setText(key.querySelector("b"), scale === "percent" ? percent(value) : `${fixed(value, 2)} °C`);
    }
  }

  search.addEventListener("input", pickable);
  addEventListener("keydown", onKey);
  const initial = wanted ? wanted.split(",").map(safe) : store.halls.flatMap((hall) => hall.zones.map((zone) => zone.id)).slice(0, 4).concat(store.halls[0].units.slice(0, 2).map((unit) => `unit:${unit.id}`));
  choose(initial);
  const timer = setInterval(pickableValues, 2000);

  function pickableValues() {
    for (const [index, button] of [...found.querySelectorAll(".pick")].entries()) {
      const entry = byId.get(button.dataset.id) ?? null;
      if (entry && index < FOUND) setText(button.lastChild, nowOf(entry));
    }
  }

  return {
    params([ids]) {
      if (ids) choose(ids.split(",").map(safe));
    },
    update(changes) {
      if (changes.whole) load();
      else if (changes.replay && !state.window) load();
    },
    unmount() {
      state.alive = false;
      removeEventListener("keydown", onKey);
      clearTimeout(state.timer);
      clearInterval(timer);
      state.request?.abort();
      store.watched.clear();
      state.celsius?.chart.destroy();
      state.percent?.chart.destroy();
    },
  };
}

const overlaps = (from, to) => (one) => one.from < to && (one.to ?? Infinity) > from;

function safe(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
