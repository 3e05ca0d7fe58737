// The causal chain behind an alarm, in words and in order, with the facts that it rests on.

import { el, name } from "../dom.js";
import { time } from "../format.js";

// {steps: [{at, text}], facts: [[label, text]]}; `at` in ms or null.
export function explanation({ steps, facts }) {
  return el(
    "div",
    {},
    steps.length
      ? el("ol", { class: "chain" }, steps.map((step) => el("li", {}, el("time", {}, step.at ? time(step.at) : ""), name(step.text))))
      : el("p", { class: "muted" }, "Nothing is known of it any more."),
    facts.length ? el("dl", { class: "facts" }, facts.map(([label, text]) => el("div", {}, el("dt", {}, label), el("dd", {}, name(text))))) : "",
  );
}
