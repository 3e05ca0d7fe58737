// Health: does what is measured arrive, is it believed, is it kept, and does it reach people.

import { el, name, setText } from "../dom.js";
import { count, fixed, moment, span, words } from "../format.js";
import { QUALITY } from "../store.js";

export const title = "Health";

const AGAIN_MS = 2000;
const CAUSES = 8;

export function mount(root, app) {
  const { store } = app;
  const state = { alive: true };
  const cards = el("div", { class: "cards" });
  const figures = el("p", { class: "muted" });
  root.append(el("div", { class: "head" }, el("h2", {}, "Health"), figures), cards);

  async function load() {
    if (!state.alive) return;
    try {
      const health = await app.api.health();
      if (!state.alive) return;
      render(health);
    } catch (error) {
      setText(figures, `The server does not say: ${error.message}`);
    }
    state.timer = setTimeout(load, AGAIN_MS);
  }

  function render(health) {
    setText(figures, health.ready ? "Readings become cooling" : `Not ready: ${health.reasons.join(", ")}`);
    cards.replaceChildren(
      readings(health),
      quality(store),
      card("Sources", table(["source", "state", "detail"], health.sources.map((one) => [name(one.name), verdict(one.good, one.state), one.detail ? name(one.detail) : ""]))),
      recording(health.recording),
      handlers(health.handlers),
      card("Queues", table(["queue", "depth"], health.queues.map((one) => [words(one.name), one.limit ? `${count(one.depth)} of ${count(one.limit)}` : count(one.depth)]), 1)),
      card("Refused messages", health.rejected.length ? bars(health.rejected) : note("None: every message could be used.")),
    );
  }

  load();
  return {
    unmount() {
      state.alive = false;
      clearTimeout(state.timer);
    },
  };
}

const card = (heading, ...content) => el("section", { class: `panel card${heading === "Handlers" ? " wide" : ""}` }, el("h3", {}, heading), ...content);
const note = (text) => el("p", { class: "note" }, text);
const verdict = (good, text) => el("span", { class: "verdict", "data-good": String(Boolean(good)) }, words(text));

function table(columns, rows, numbersFrom = 99) {
  const css = (index) => (index >= numbersFrom ? "number" : null);
  return el(
    "table",
    {},
    columns.some(Boolean) && el("thead", {}, el("tr", {}, columns.map((text, index) => el("th", { scope: "col", class: css(index) }, text)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((content, index) => el("td", { class: css(index) }, content))))),
  );
}

function bars(pairs) {
  const most = Math.max(...pairs.map(([, number]) => number), 1);
  return el(
    "ul",
    { class: "bars" },
    pairs.map(([label, number]) => el("li", {}, name(words(label)), el("span", {}, count(number)), el("span", { class: "bar" }, el("i", { style: { width: `${((100 * number) / most).toFixed(1)}%` } })))),
  );
}

function readings(health) {
  return card(
    "Readings",
    el("p", { class: "sum" }, el("strong", {}, count(health.perSecond)), el("span", { class: "muted" }, "messages a second")),
    table(
      ["", ""],
      [
        ["written in this run", count(health.frames)],
        ["lag of the loop, worst of the last minute", `${fixed(health.lagMs, 0)} ms`],
        ...(health.commitMs === null ? [] : [["time to write, mean", `${fixed(health.commitMs, 1)} ms`]]),
        ...(health.repeated === null ? [] : [["came again, left out", count(health.repeated)]]),
      ],
      1,
    ),
  );
}

function quality(store) {
  const counts = [0, 0, 0, 0];
  for (const one of store.quality) counts[one] += 1;
  const causes = new Map();
  for (const [index, cause] of store.causes) if (store.quality[index] > 0) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  const listed = [...causes].sort((a, b) => b[1] - a[1]).slice(0, CAUSES);
  const total = store.quality.length || 1;
  return card(
    "Data quality",
    el("p", { class: "sum" }, el("strong", {}, `${fixed((100 * counts[0]) / total, counts[0] === total ? 0 : 1)} %`), el("span", { class: "muted" }, `of ${count(store.quality.length)} thermometers are good`)),
    el("div", { class: "share", role: "img", "aria-label": QUALITY.map((each, index) => `${counts[index]} ${each}`).join(", ") }, counts.map((number, index) => el("i", { "data-quality": QUALITY[index], style: { flex: String(number) } }))),
    el("p", { class: "note" }, QUALITY.map((each, index) => `${count(counts[index])} ${each}`).join(" · ")),
    listed.length ? bars(listed) : "",
  );
}

function handlers(all) {
  if (!all.length) return card("Handlers", note("Nobody is told: the site file names no handler."));
  const columns = ["waiting", "delivered", "failed", "dead", "abandoned", "restarted"];
  return card(
    "Handlers",
    table(
      ["handler", "state", ...columns.map((each) => (each === "delivered" ? "told" : each))],
      all.map((one) => [name(one.name), verdict(one.good, one.state), ...columns.map((each) => count(one[each]))]),
      2,
    ),
  );
}

function recording(one) {
  if (!one) return card("Recording", note("Nothing is recorded."));
  return card(
    "Recording",
    table(
      ["", ""],
      [
        ["written", verdict(one.good, one.good ? "yes" : "no")],
        ...(one.folder ? [["folder", name(one.folder)]] : []),
        ...(one.bytes === null ? [] : [["size", `${fixed(one.bytes / 2 ** 20, 1)} MiB in ${one.segments === 1 ? "1 file" : `${count(one.segments)} files`}`]]),
        ...(one.first ? [["since", moment(one.first)], ["length", span(one.last - one.first)]] : []),
      ],
      1,
    ),
  );
}
