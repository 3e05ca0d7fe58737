// The causal chain behind an alarm, in words and in order, with what its place looked like when it was asked.

import { el, name, setAttr } from "../dom.js";
import { celsius, fixed, time, words } from "../format.js";

const READINGS = 6;
const NS = 1e6;

// The raising of the alarm is in sight: what came before it can be scrolled to, as can what came after.
export function show(box, found, raisedAt) {
  box.replaceChildren(explanation(found));
  const chain = box.querySelector(".chain");
  const raised = chain && [...chain.children].findLast((step) => Number(step.dataset.at) <= raisedAt + 1);
  if (!raised) return;
  setAttr(raised, "aria-current", "true");
  chain.scrollTop = raised.offsetTop - chain.offsetTop - chain.clientHeight / 2;
}

function explanation({ at, verdict, steps, zone, unit, left_out: left }) {
  return el(
    "div",
    { class: "explained" },
    el("p", { class: "said" }, name(local(verdict))),
    el(
      "div",
      { class: "chain-box" },
      el("h4", {}, left ? `What happened, ${left} steps left out` : "What happened"),
      steps.length
        ? el("ol", { class: "chain", tabindex: 0, "aria-label": "What happened" }, steps.map((step) => el("li", { "data-at": step.at / NS }, el("time", {}, time(step.at / NS)), name(local(step.says)))))
        : el("p", { class: "muted" }, "Nothing that the log still has."),
    ),
    zone ? place(zone, at) : "",
    unit ? el("div", {}, el("h4", {}, `The unit at ${time(at / NS)}`), el("p", {}, name(local(unit.says)))) : "",
  );
}

function place(zone, at) {
  const rules = zone.rules.filter((rule) => rule.phase !== "clear" || rule.state !== "normal");
  return el(
    "div",
    {},
    el("h4", {}, "Zone ", name(zone.zone), ` at ${time(at / NS)}: ${words(zone.condition)}, ${celsius(zone.value)}, ${zone.good} of ${zone.inlets} inlets good`),
    rules.length ? el("ul", { class: "rules" }, rules.map((rule) => el("li", {}, name(local(rule.says))))) : "",
    el(
      "table",
      { class: "inlets" },
      el("thead", {}, el("tr", {}, ["inlet, warmest first", "°C", "quality"].map((text, index) => el("th", { scope: "col", class: index === 1 ? "number" : null }, text)))),
      el("tbody", {}, zone.readings.slice(0, READINGS).map((one) => el("tr", {}, el("td", {}, name(one.sensor)), el("td", { class: "number" }, fixed(one.celsius, 2)), el("td", { class: "muted" }, words(one.quality), one.cause ? `: ${words(one.cause)}` : "", one.counts ? "" : ", not counted")))),
    ),
  );
}

// The server's words carry UTC and ids of alarms; here they say the viewer's time like everything else, and the alarm is the one that is open.
const local = (text) => String(text ?? "").replaceAll(/ [\w.-]+:[\w.-]+@\d{16,}/g, "").replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, (stamp) => time(Date.parse(stamp.replace(" ", "T"))));
