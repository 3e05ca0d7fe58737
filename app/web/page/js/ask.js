// What people do about alarms: who they are is asked once, a reason where one is needed, and nothing is sent unasked.

import { el, name, unique } from "./dom.js";
import { span, words } from "./format.js";

const NAME = "hotzone.operator";
const SAYS_SOMETHING = ".*\\S.*";
const SHELVES = [
  ["15 min", 15],
  ["1 h", 60],
  ["4 h", 240],
  ["8 h", 480],
  ["24 h", 1440],
];

export class Ask {
  constructor(api) {
    this.api = api;
  }

  get who() {
    return localStorage.getItem(NAME) ?? "";
  }

  // Resolves to the operator's name, or null when they would rather not say.
  async operator() {
    if (this.who) return this.who;
    const given = await this.dialog("Who are you?", "Your name goes into the log with everything that you do here.", { submit: "Continue", reason: false, by: true });
    return given?.by ?? null;
  }

  // Until there is one: without a token such a server says nothing.
  async token() {
    const given = await this.dialog("This hotzone asks for a token", "Whoever runs it has one for you. It stays with this tab.", { submit: "Continue", secret: true });
    return given?.secret ?? null;
  }

  // Resolves to {by, reason, minutes} or null; `longest` is in minutes.
  shelve(record, longest) {
    const fit = SHELVES.filter(([, minutes]) => minutes <= longest);
    return this.dialog(["Shelve ", ...what(record)], "It stays out of the way until the time is up, and comes back by itself if its condition holds then.", {
      submit: "Shelve",
      reason: true,
      times: fit.length ? fit : [[span(longest * 60_000), longest]],
    });
  }

  reason(title, text, submit) {
    return this.dialog(title, text, { submit, reason: true });
  }

  dialog(title, text, { submit, reason = false, times = null, by = false, secret = false, percent = null }) {
    const heading = unique("dialog");
    const chosen = { minutes: times?.[Math.min(1, times.length - 1)]?.[1] ?? null };
    const byField = el("input", { class: "field", name: "by", required: true, maxlength: 80, pattern: SAYS_SOMETHING, title: "Your name", autocomplete: "name", value: this.who });
    const secretField = el("input", { class: "field", name: "token", type: "password", required: true, autocomplete: "off" });
    const percentField = el("input", { class: "field", name: "percent", type: "number", required: true, min: 0, max: 100, step: 1, value: percent ?? "" });
    const reasonField = el("input", { class: "field", name: "reason", required: true, maxlength: 400, pattern: SAYS_SOMETHING, title: "A word or two", autocomplete: "off" });
    const buttons = (times ?? []).map(([label, minutes]) => {
      const button = el("button", { type: "button", "aria-pressed": String(minutes === chosen.minutes) }, label);
      button.addEventListener("click", () => {
        chosen.minutes = minutes;
        for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      });
      return button;
    });
    const box = el(
      "dialog",
      { "aria-labelledby": heading },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: heading }, title),
        el("p", { class: "muted" }, text),
        times && el("div", { class: "segmented", role: "group", "aria-label": "For how long" }, buttons),
        percent !== null && el("label", { class: "label" }, "Fan, percent", percentField),
        reason && el("label", { class: "label" }, "Reason", reasonField),
        secret && el("label", { class: "label" }, "Token", secretField),
        !secret && (by || !this.who) && el("label", { class: "label" }, "Your name", byField),
        el(
          "div",
          { class: "actions" },
          el("button", { class: "button", type: "button", onclick: () => box.close("") }, "Cancel"),
          el("button", { class: "button primary", value: "yes" }, submit),
        ),
      ),
    );
    document.body.append(box);
    box.showModal();
    (secret ? secretField : reason ? reasonField : byField).focus();
    return new Promise((resolve) => {
      box.addEventListener("close", () => {
        box.remove();
        if (box.returnValue !== "yes") return resolve(null);
        if (secret) return resolve({ secret: secretField.value.trim() });
        const who = byField.value.trim() || this.who;
        localStorage.setItem(NAME, who);
        return resolve({ by: who, reason: reasonField.value.trim(), minutes: chosen.minutes, percent: percent === null ? null : Number(percentField.value) });
      });
    });
  }
}

// "unit-failed at crac-1" with the names isolated.
export const what = (record) => [words(record.rule), " at ", name(record.unit ?? record.zone ?? record.hall ?? "the site")];
