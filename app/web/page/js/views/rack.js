// One rack in a drawer: each thermometer by height, what is thought of it, and the last quarter of an hour.

import { BANDS, UNKNOWN } from "../bands.js";
import { LiveChart } from "../chart.js";
import { el, name, setAttr, setText } from "../dom.js";
import { celsius, fixed, words } from "../format.js";
import { icon } from "../glyphs.js";
import { QUALITY } from "../store.js";

const HEIGHTS = ["top", "middle", "bottom"];
const BACK_MS = 15 * 60_000;

// The thermometers of a rack, top first, inlets before the others.
export function parts(rack, store) {
  const made = [...rack.inlets, ...rack.others].map((index) => {
    const sensor = store.sensors[index];
    const height = HEIGHTS.findIndex((each) => sensor.position.endsWith(each));
    return {
      index,
      id: sensor.id,
      label: height < 0 ? sensor.position : HEIGHTS[height],
      inlet: sensor.role === "inlet",
      height: height < 0 ? 9 : height,
      celsius: store.celsius[index],
      quality: store.quality[index],
      cause: store.causes.get(index),
    };
  });
  return made.sort((a, b) => Number(b.inlet) - Number(a.inlet) || a.height - b.height);
}

const believed = (store, index) => (store.quality[index] > 1 || Number.isNaN(store.celsius[index]) ? null : store.celsius[index]);

export class Drawer {
  constructor(app, onClose) {
    this.app = app;
    this.rack = null;
    this.heading = el("h3");
    this.value = el("strong");
    this.band = el("span", { class: "swatch" });
    this.rows = el("tbody");
    this.plot = el("div");
    this.link = el("a", { class: "button" }, "Open in trends");
    this.root = el(
      "section",
      { class: "panel drawer", tabindex: -1, "aria-label": "Rack" },
      el("header", {}, this.heading, el("button", { class: "button quiet theme", type: "button", "aria-label": "Close", onclick: onClose }, icon("close"))),
      el("p", { class: "reading" }, this.value, this.band),
      this.plot,
      el("table", {}, el("thead", {}, el("tr", {}, ["height", "inlet", "outlet"].map((text, index) => el("th", { scope: "col", class: index ? "number" : null }, text)))), this.rows),
      el("p", {}, this.link),
    );
  }

  open(rack) {
    if (this.rack === rack) return;
    this.close();
    this.rack = rack;
    const { store } = this.app;
    this.heading.replaceChildren(name(rack.id), el("span", { class: "muted" }, "  zone ", name(rack.zone.id)));
    const inlets = parts(rack, store).filter((part) => part.inlet);
    for (const index of [...rack.inlets, ...rack.others]) store.watched.add(index);
    const limits = (rack.zone.limits ?? []).filter((limit) => limit.above !== null && limit.above !== undefined);
    this.chart = new LiveChart(this.app, this.plot, {
      series: inlets.map((part) => ({ id: part.id, label: part.label, read: () => believed(store, part.index) })),
      limits,
      back: BACK_MS,
      height: 190,
    });
    this.link.href = `#/trends/${[...inlets.map((part) => part.id), rack.zone.id].map(encodeURIComponent).join(",")}`;
    this.show();
  }

  close() {
    if (!this.rack) return;
    this.app.store.watched.clear();
    this.chart?.destroy();
    this.rack = null;
  }

  update(changes) {
    if (!this.rack) return;
    if (changes.whole) this.chart.again();
    const mine = [...changes.sensors].some((index) => this.rack.inlets.includes(index) || this.rack.others.includes(index));
    if (!mine && !changes.racks.has(this.rack.index)) return;
    this.show();
    this.chart.push();
  }

  show() {
    const { store } = this.app;
    const { rack } = this;
    setText(this.value, celsius(rack.band === UNKNOWN ? Number.NaN : rack.value));
    setAttr(this.band, "class", `swatch band-${rack.band}`);
    setText(this.band, BANDS[rack.band].name);
    const by = new Map();
    for (const part of parts(rack, store)) {
      const row = by.get(part.label) ?? {};
      row[part.inlet ? "inlet" : "outlet"] = part;
      by.set(part.label, row);
    }
    this.rows.replaceChildren(
      ...[...by].map(([label, row], index) =>
        el("tr", {}, el("td", {}, el("span", { class: "line-key", style: { "--key": `var(--series-${(index % 8) + 1})` } }), label), cell(row.inlet), cell(row.outlet)),
      ),
    );
  }
}

function cell(part) {
  if (!part) return el("td", { class: "number muted" }, "–");
  if (!part.quality) return el("td", { class: "number" }, celsius(part.celsius, 2));
  const why = words(QUALITY[part.quality]) + (part.cause ? `: ${words(part.cause)}` : "");
  const last = Number.isNaN(part.celsius) ? "" : `${fixed(part.celsius, 1)} °C, `;
  return el("td", { class: "number muted", title: why }, last, why);
}
