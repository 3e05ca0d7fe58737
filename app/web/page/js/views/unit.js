// One cooling unit in a drawer: what it was told, what it does, and driving it by hand for a while.

import { LiveChart } from "../chart.js";
import { el, name, setAttr, setText } from "../dom.js";
import { celsius, percent, span, time, words } from "../format.js";
import { icon } from "../glyphs.js";

const BACK_MS = 15 * 60_000;

export class UnitDrawer {
  constructor(app, onClose) {
    this.app = app;
    this.unit = null;
    this.heading = el("h3");
    this.value = el("strong");
    this.state = el("span", { class: "chip" });
    this.facts = el("tbody");
    this.plot = el("div");
    this.hand = el("p", { class: "muted" });
    this.drive = el("button", { type: "button", class: "button", onclick: () => this.override() }, "Drive by hand…");
    this.give = el("button", { type: "button", class: "button", onclick: () => this.release() }, "Give back");
    this.root = el(
      "section",
      { class: "panel drawer", tabindex: -1, "aria-label": "Cooling unit" },
      el("header", {}, this.heading, el("button", { class: "button quiet theme", type: "button", "aria-label": "Close", onclick: onClose }, icon("close"))),
      el("p", { class: "reading" }, this.value, this.state),
      this.plot,
      el("table", {}, this.facts),
      this.hand,
      el("p", { class: "choices" }, this.drive, this.give),
    );
  }

  open(unit) {
    if (this.unit === unit) return;
    this.close();
    this.unit = unit;
    const { store } = this.app;
    this.heading.replaceChildren(name(unit.id), el("span", { class: "muted" }, "  cools ", unit.serves.map((zone, index) => [index ? ", " : "", name(zone)])));
    this.chart = new LiveChart(this.app, this.plot, {
      series: [{ id: `unit:${unit.id}`, label: unit.id, read: () => store.units.get(unit.id)?.fan ?? null }],
      limits: [],
      back: BACK_MS,
      height: 150,
      suffix: "%",
    });
    this.show();
  }

  close() {
    this.chart?.destroy();
    this.chart = null;
    this.unit = null;
  }

  update(changes) {
    if (!this.unit) return;
    if (changes.whole) this.chart.again();
    if (!changes.units.has(this.unit.id)) return;
    this.show();
    this.chart.push();
  }

  show() {
    const now = this.app.store.units.get(this.unit.id);
    setText(this.value, percent(now?.fan));
    setText(this.state, words(now?.state ?? "not heard of"));
    setAttr(this.state, "data-state", now?.trouble ? "trouble" : "following");
    const rows = [
      ["commanded", percent(now?.commanded)],
      ["supply air", celsius(now?.supply)],
      ["return air", celsius(now?.return)],
      ["control", this.unit.control],
      ["mode", words(now?.mode || "–")],
    ];
    this.facts.replaceChildren(...rows.map(([label, text]) => el("tr", {}, el("td", { class: "muted" }, label), el("td", { class: "number" }, text))));
    this.drive.hidden = Boolean(this.app.store.replay);
    this.give.hidden = !now?.override || this.drive.hidden;
    setText(this.hand, now?.override ? `By hand until ${time(now.override)}` : "");
  }

  async override() {
    const { app, unit } = this;
    const given = await app.ask.dialog(["Drive ", name(unit.id), " by hand"], "Its zones cannot be warmed by this: while one is hot or in fail-safe, the unit gets at least what the zone wants.", {
      submit: "Drive",
      reason: true,
      percent: Math.round(app.store.units.get(unit.id)?.commanded ?? 100),
      times: [
        ["15 min", 15],
        ["1 h", 60],
        ["4 h", 240],
      ],
    });
    if (!given) return;
    await this.perform(() => app.api.override(unit, { ...given, until: app.store.now() + given.minutes * 60_000 }), `By hand at ${given.percent} % for ${span(given.minutes * 60_000)}`);
  }

  async release() {
    const by = await this.app.ask.operator();
    if (by) await this.perform(() => this.app.api.release(this.unit, by), "Given back to control");
  }

  async perform(ask, done) {
    try {
      await ask();
      this.app.toast(done);
    } catch (error) {
      this.app.toast(`Not done: ${error.message}`, "error");
    }
  }
}
