// uPlot in the page's own clothes: one chart of °C or percent, limits as lines, alarms as shaded spans.

import uPlot from "../vendor/uplot.js";
import { el, name } from "./dom.js";
import { HERE, day, fixed, time } from "./format.js";
import { token } from "./theme.js";

const PRIORITY = ["critical", "high", "medium", "low"];

export const colour = (index) => `var(--series-${(index % 8) + 1})`;
const sign = (priority) => (PRIORITY.includes(priority) ? token(`${priority}-edge`) || token(priority) : token("muted"));
const ink = (index) => token(`series-${(index % 8) + 1}`);

function axes(zone, suffix) {
  const font = `11px ${token("font") || "sans-serif"}`;
  const common = { font, stroke: () => token("muted"), grid: { stroke: () => token("line"), width: 1 }, ticks: { stroke: () => token("line"), width: 1, size: 4 } };
  const values = (_, splits, __, ___, step) => splits.map((at, index) => stamp(at * 1000, step, index === 0, zone));
  return [
    { ...common, values, space: 76, size: 38, gap: 4 },
    { ...common, values: (_, splits) => splits.map((value) => `${fixed(value, value % 1 ? 1 : 0)}${suffix}`), size: 52, gap: 4 },
  ];
}

function stamp(ms, step, first, zone) {
  const text = step < 60 ? time(ms, zone) : time(ms, zone).slice(0, 5);
  return first || text === "00:00" ? `${text}\n${day(ms, zone)}` : text;
}

// Limits and spans behind and over the lines; both may be replaced between two draws.
function shading(marks) {
  return {
    hooks: {
      drawClear: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          for (const span of marks.spans) {
            const from = Math.max(plot.valToPos(span.from / 1000, "x", true), bbox.left);
            const to = Math.min(plot.valToPos((span.to ?? marks.now) / 1000, "x", true), bbox.left + bbox.width);
            if (to <= from) continue;
            ctx.fillStyle = sign(span.priority);
            ctx.globalAlpha = 0.09;
            ctx.fillRect(from, bbox.top, to - from, bbox.height);
            ctx.globalAlpha = 0.9;
            ctx.fillRect(from, bbox.top, Math.max(to - from, 2), 3 * devicePixelRatio);
          }
          ctx.restore();
        },
      ],
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          ctx.lineWidth = devicePixelRatio;
          ctx.font = `${10 * devicePixelRatio}px ${token("font")}`;
          for (const limit of marks.limits) {
            const value = limit.above ?? limit.below;
            const label = `${limit.rule} ${fixed(value, value % 1 ? 1 : 0)}`;
            const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
            if (y < bbox.top || y > bbox.top + bbox.height) continue;
            ctx.strokeStyle = ctx.fillStyle = sign(limit.priority);
            ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
            ctx.beginPath();
            ctx.moveTo(bbox.left, y);
            ctx.lineTo(bbox.left + bbox.width, y);
            ctx.stroke();
            ctx.fillStyle = token("text");
            ctx.setLineDash([]);
            ctx.lineWidth = 3 * devicePixelRatio;
            ctx.strokeStyle = token("panel");
            ctx.textAlign = "right";
            ctx.textBaseline = "bottom";
            ctx.strokeText(label, bbox.left + bbox.width - 4 * devicePixelRatio, y - 4 * devicePixelRatio);
            ctx.lineWidth = devicePixelRatio;
            ctx.fillText(label, bbox.left + bbox.width - 4 * devicePixelRatio, y - 4 * devicePixelRatio);
          }
          ctx.restore();
        },
      ],
    },
  };
}

// Silence longer than a thermometer may take is a gap in its line; the steps between two of its readings are none.
const SILENCE_S = 150;
const realGaps = (plot, _, __, ___, gaps) => gaps.filter(([from, to]) => plot.posToVal(to, "x", true) - plot.posToVal(from, "x", true) > SILENCE_S);

export class Chart {
  // series: [{id, label}]; options: {height, suffix, limits, spans, sync, onZoom, zone}
  constructor(host, series, options = {}) {
    this.host = host;
    this.series = series;
    this.options = { suffix: "°", height: 220, ...options };
    this.marks = { limits: options.limits ?? [], spans: options.spans ?? [], now: Date.now() };
    this.data = [[], ...series.map(() => [])];
    this.resized = new ResizeObserver(() => this.plot?.setSize({ width: Math.max(host.clientWidth, 80), height: this.options.height }));
    this.resized.observe(host);
    this.onTheme = () => this.make();
    addEventListener("themechange", this.onTheme);
    this.make();
  }

  make() {
    this.plot?.destroy();
    const { suffix, height, sync, onZoom, zone = HERE, limits = [] } = this.options;
    const values = limits.map((limit) => limit.above ?? limit.below);
    this.plot = new uPlot(
      {
        width: Math.max(this.host.clientWidth, 80),
        height,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { sync: sync ? { key: sync, setSeries: false } : undefined, drag: { x: Boolean(onZoom), y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { time: true }, y: { range: (_, low, high) => (suffix === "%" ? [-2, 104] : roomy(low, high, values)) } },
        axes: axes(zone, suffix),
        series: [{}, ...this.series.map((each, index) => ({ label: each.label, stroke: ink(each.colour ?? index), width: 1.75, dash: each.dash, points: { show: false }, gaps: realGaps }))],
        plugins: [shading(this.marks)],
        hooks: {
          setSelect: [
            (plot) => {
              if (!onZoom || plot.select.width < 6) return;
              onZoom(plot.posToVal(plot.select.left, "x") * 1000, plot.posToVal(plot.select.left + plot.select.width, "x") * 1000);
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
          setCursor: [(plot) => this.options.onCursor?.(plot.cursor.idx)],
        },
      },
      this.data,
      this.host,
    );
    const canvas = this.host.querySelector("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Chart of ${this.series.map((each) => each.label).join(", ")}`);
    if (this.scale) this.plot.setScale("x", this.scale);
  }

  set(data, { from, to, spans } = {}) {
    this.data = data;
    if (spans) this.marks.spans = spans;
    this.marks.now = to ?? Date.now();
    this.plot.batch(() => {
      this.plot.setData(data, false);
      this.scale = { min: (from ?? 0) / 1000, max: (to ?? Date.now()) / 1000 };
      this.plot.setScale("x", this.scale);
    });
  }

  destroy() {
    removeEventListener("themechange", this.onTheme);
    this.resized.disconnect();
    this.plot.destroy();
  }
}

// Some air around the lines, never less than 2 K high, and a limit that is near comes into view.
function roomy(low, high, wanted) {
  if (low === null || high === null || low === undefined || !Number.isFinite(low)) return [20, 30];
  let [from, to] = [low, high];
  for (const value of wanted) {
    if (value > to && value - to < 2.5) to = value;
    if (value < from && from - value < 1) from = value;
  }
  const room = Math.max((to - from) * 0.08, (2 - (to - from)) / 2, 0.1);
  return [from - room, to + room];
}

// The last minutes of some series: history first, then what comes live. series: [{id, label, read}]; read() is the value now or null.
export class LiveChart {
  constructor(app, host, { series, limits, back, height, suffix }) {
    this.app = app;
    this.series = series;
    this.back = back;
    this.rows = [];
    this.key = el("p", { class: "visually-hidden" }, series.map((each) => [name(each.label), " "]));
    host.replaceChildren(this.key);
    this.chart = new Chart(host, series, { limits, height, suffix: suffix ?? "°" });
    this.load();
  }

  // What was, up to now; what comes while it is asked for stays behind it. Who asks again wants no answer to the question before.
  async load() {
    const { app, series } = this;
    const to = app.store.at;
    this.asked?.abort();
    if (!to) return;
    const asked = (this.asked = new AbortController());
    try {
      const found = await app.api.history(series.map((each) => each.id), to - this.back, to, { signal: asked.signal });
      const until = to / 1000;
      this.rows = found.rows.map(([at, ...values]) => [Math.min(at, until), ...values]).concat(this.rows.filter((row) => row[0] > until));
      this.draw();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.draw();
      app.toast(`No history: ${error.message}`, "error");
    }
  }

  push() {
    const { store } = this.app;
    const row = [store.at / 1000, ...this.series.map((each) => each.read())];
    const last = this.rows.at(-1);
    if (last && row[0] <= last[0]) {
      if (row[0] < last[0]) return this.again(); // a replay went back
      this.rows.pop();
    } else if (last && row[0] - last[0] > SILENCE_S) return this.again(); // or leapt ahead
    this.rows.push(row);
    while (this.rows.length > 4000 || (this.rows.length && this.rows[0][0] * 1000 < store.at - 2 * this.back)) this.rows.shift();
    this.draw();
    return undefined;
  }

  // At once with what is known of that time, and then with all of it.
  again() {
    const now = this.app.store.at / 1000;
    this.rows = this.rows.filter((row) => row[0] <= now);
    this.draw();
    this.load();
  }

  draw() {
    const { at } = this.app.store;
    this.chart.set([0, ...this.series].map((_, column) => this.rows.map((row) => row[column])), { from: at - this.back, to: at });
  }

  destroy() {
    this.asked?.abort();
    this.chart.destroy();
  }
}
