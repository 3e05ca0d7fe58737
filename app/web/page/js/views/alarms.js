// Alarms: what asks for somebody, the most urgent first. Everything can be done without a mouse.

import { el, keyed, name, setAttr, setText, unique } from "../dom.js";
import { moment, siteZone, span, time, words } from "../format.js";
import { PRIORITIES, glyph } from "../glyphs.js";
import { show as showExplanation } from "./explain.js";
import { ACTS, limitText, stateText, valueText } from "./record.js";

export const title = "Alarms";

const GROUPS = { none: "no groups", zone: "place", priority: "priority", rule: "rule", state: "state" };
const FIRST_OUT = "first of its hall";
const SHOWN = {
  open: ["Open", (record) => record.shown],
  fresh: ["To acknowledge", (record) => record.shown && record.unacknowledged],
  shelved: ["Shelved", (record) => record.state === "shelved"],
  suppressed: ["Suppressed", (record) => record.state.startsWith("suppressed")],
  service: ["Out of service", (record) => record.state === "out-of-service"],
};

export function mount(root, app, [wanted]) {
  const { store } = app;
  const zone = siteZone(store.site);
  const state = { priorities: new Set(PRIORITIES), shown: "open", group: "none", text: "", place: -1 };
  const heading = el("h2", {}, "Alarms");
  const figures = el("p", { class: "muted" });
  const tabs = el("div", { class: "segmented", role: "group", "aria-label": "Which alarms" });
  const priorities = el("div", { class: "priorities", role: "group", "aria-label": "Priorities" });
  const search = el("input", { class: "field search", type: "search", placeholder: "Filter by place, rule, cause", "aria-label": "Filter by place, rule, cause" });
  const group = el("select", { class: "field", "aria-label": "Group by" }, Object.entries(GROUPS).map(([id, label]) => el("option", { value: id }, id === "none" ? "No groups" : `By ${label}`)));
  const list = el("div", { class: "panel alarms", tabindex: -1, role: "region", "aria-label": "Alarms" });
  const columns = el("div", { class: "columns", "aria-hidden": "true" }, ["", "alarm", "place", "value against limit", "state", "since"].map((text) => el("span", { class: text === "since" ? "number" : null }, text)), el("span", { class: "last" }));
  const sets = el("div", {});
  const calm = el("div", { class: "calm", hidden: true }, el("strong"), el("span"));
  list.append(columns, sets, calm);
  const keys = el("p", { class: "keys" }, [["↑↓", "move"], ["a", "acknowledge"], ["s", "shelve"], ["o", "out of service"], ["r", "reset"], ["e", "explain"], ["Home", "most urgent"], ["/", "filter"], ["1–5", "views"]].map(([key, text]) => [el("kbd", {}, key), ` ${text}  `]));
  root.append(
    el("div", { class: "head" }, heading, figures, el("div", { class: "end" }, tabs)),
    el("div", { class: "head filters" }, priorities, search, group),
    list,
    keys,
  );

  keyed(tabs, Object.entries(SHOWN), ([id]) => id, ([id]) => el("button", { type: "button", onclick: () => ((state.shown = id), render()) }));
  keyed(priorities, PRIORITIES, (priority) => priority, (priority) =>
    el("button", { type: "button", class: "toggle", onclick: () => (state.priorities.has(priority) ? state.priorities.delete(priority) : state.priorities.add(priority), render()) }, glyph(priority), priority),
  );
  search.addEventListener("input", () => ((state.text = search.value.trim().toLowerCase()), render()));
  group.addEventListener("change", () => ((state.group = group.value), render()));

  // In a recording nothing can be done any more.
  const possible = (record) => (store.replay ? [] : ACTS.filter((act) => act.fits(record)));

  function wants(record) {
    if (!state.priorities.has(record.priority) || !SHOWN[state.shown][1](record)) return false;
    const text = [record.zone, record.unit, record.hall, record.rule, words(record.rule), record.cause, record.by].filter(Boolean).join(" ").toLowerCase();
    return text.includes(state.text);
  }

  const groupOf = (record) =>
    ({ none: "", zone: record.unit ?? record.zone ?? record.hall ?? store.site.name, priority: record.priority, rule: words(record.rule), state: stateText(record) })[state.group];

  function render() {
    const all = [...store.alarms.values()];
    const records = all.filter(wants).sort(urgent);
    for (const [id, [label, test]] of Object.entries(SHOWN)) {
      const button = tabs.hotzoneRows.get(id);
      const found = all.filter(test).length;
      setText(button, found ? `${label} ${found}` : label);
      setAttr(button, "aria-pressed", String(id === state.shown));
    }
    for (const [priority, button] of priorities.hotzoneRows) setAttr(button, "aria-pressed", String(state.priorities.has(priority)));
    const groups = new Map();
    for (const record of records) {
      const id = groupOf(record);
      if (!groups.has(id)) groups.set(id, []);
      groups.get(id).push(record);
    }
    const held = document.activeElement?.closest(".alarm");
    keyed(sets, groups, ([id]) => id, makeSet, updateSet);
    // What was pressed is gone: its row has the focus then, or the list, but no other alarm, which the next key would hit.
    if (held && !list.contains(document.activeElement)) (held.isConnected ? held : list).focus({ preventScroll: true });
    remember();
    columns.hidden = calm.hidden = true;
    if (records.length) columns.hidden = false;
    else {
      calm.hidden = false;
      const some = all.some(SHOWN[state.shown][1]);
      setText(calm.firstChild, some ? "Nothing fits the filter" : { open: "No alarm stands", fresh: "Nothing to acknowledge" }[state.shown] ?? `Nothing is ${SHOWN[state.shown][0].toLowerCase()}`);
      setText(calm.lastChild, some ? "Some alarms are hidden by it." : state.shown === "open" ? `${store.zones.size} zones and ${store.units.size} cooling units are watched.` : "");
    }
    const fresh = all.filter(SHOWN.fresh[1]).length;
    setText(figures, fresh ? `${fresh} to acknowledge` : "");
  }

  function makeSet([id]) {
    const label = unique("group");
    const every = el("button", { type: "button", class: "button", onclick: () => acknowledge(every.records) });
    return el("section", { class: "set", "aria-labelledby": label }, el("div", { class: "group" }, el("h3", { id: label }, name(id), el("span", { class: "muted" })), every), el("div", { role: "list" }));
  }

  function updateSet(node, [id, records]) {
    const [heading, every] = node.firstChild.children;
    node.firstChild.hidden = id === "";
    setText(heading.lastChild, records.length);
    every.records = records.filter((record) => possible(record).some((act) => act.id === "acknowledge"));
    every.hidden = every.records.length < 2;
    setText(every, `Acknowledge all ${every.records.length}`);
    keyed(node.lastChild, records, (record) => record.key, makeRow, updateRow);
  }

  function makeRow(record) {
    const rule = el("button", { type: "button", class: "rule", "aria-expanded": "false", onclick: () => explain(row.record) });
    const row = el(
      "div",
      { class: "alarm", role: "listitem", tabindex: -1, "data-alarm": record.key },
      el(
        "div",
        { class: "main" },
        el("span", { class: "sign" }),
        el("div", {}, rule, el("span", { class: "cause" })),
        el("div", { class: "where" }),
        el("div", { class: "versus" }),
        el("div", { class: "state" }),
        el("div", { class: "age" }),
        el("div", { class: "acts" }),
      ),
      el("div", { class: "explain", hidden: true }),
    );
    return row;
  }

  function updateRow(row, record) {
    if (row.record === record) return refresh(row);
    row.record = record;
    const [sign, text, where, versus, told, , acts] = row.firstChild.children;
    setAttr(row, "data-fresh", record.unacknowledged);
    sign.replaceChildren(glyph(record.priority, { fresh: record.unacknowledged && record.shown, quiet: !record.standing }), el("span", { class: "visually-hidden" }, record.priority));
    text.firstChild.replaceChildren(name(words(record.rule)));
    text.lastChild.replaceChildren(record.cause ? name(record.cause) : "", record.first_out ? el("strong", {}, record.cause ? `, ${FIRST_OUT}` : FIRST_OUT) : "");
    where.replaceChildren(name(record.unit ?? record.zone ?? record.hall ?? store.site.name), place(record));
    versus.replaceChildren(el("span"), " ", el("span", { class: "muted" }));
    told.replaceChildren(stateText(record), details(record));
    if (row.state && row.state !== record.state && !row.lastChild.hidden) tell(row);
    row.state = record.state;
    keyed(acts, possible(record), (act) => act.id, (act) =>
      el("button", { type: "button", class: "button", "data-act": act.id, onclick: () => perform(act, row.record) }, act.label),
    );
    refresh(row);
    return undefined;
  }

  function place(record) {
    const hall = record.hall ?? store.zoneOf.get(record.zone)?.hall.id ?? store.unitOf.get(record.unit)?.hall.id;
    return hall && store.halls.length > 1 ? el("span", { class: "cause" }, "hall ", name(hall)) : "";
  }

  function details(record) {
    const parts = [];
    if (record.by) parts.push(" by ", name(record.by));
    if (record.until) parts.push(` until ${time(record.until).slice(0, 5)}`, el("span", { class: "left" }));
    if (record.reason) parts.push(": ", name(record.reason));
    return parts.length ? el("small", {}, parts) : "";
  }

  // What goes on between two events: how long it has been, and where the value is by now.
  function refresh(row) {
    const { record } = row;
    const [, , , versus, told, age] = row.firstChild.children;
    setText(versus.firstChild, valueText(record, store));
    setText(versus.lastChild, limitText(record, store));
    const left = told.querySelector(".left");
    if (left) setText(left, `, ${span(record.until - store.now())} left`);
    const since = span(store.now() - record.raisedAt);
    if (age.firstChild?.data !== since) age.replaceChildren(since, el("small", { title: `${moment(record.raisedAt, zone)} at the site, ${zone}` }, moment(record.raisedAt)));
  }

  async function explain(record) {
    const row = rowOf(record);
    const rule = row.querySelector(".rule");
    const box = row.lastChild;
    const opened = rule.getAttribute("aria-expanded") === "true";
    setAttr(rule, "aria-expanded", String(!opened));
    box.hidden = opened;
    if (opened) return;
    box.replaceChildren(el("p", { class: "muted" }, "Looking"));
    await tell(row);
  }

  // Again when its state changes, while somebody reads it.
  async function tell(row) {
    const box = row.lastChild;
    try {
      showExplanation(box, await app.api.explain(row.record), row.record.raisedAt);
    } catch (error) {
      box.replaceChildren(el("p", {}, `No explanation: ${error.message}`));
    }
  }

  async function perform(act, record) {
    try {
      const said = await act.perform(record, app);
      if (said) app.toast(said);
    } catch (error) {
      app.toast(`Not done: ${error.message}`, "error");
    }
  }

  // Those that are over meanwhile, or whose answer does not come, stay as they are.
  async function acknowledge(records) {
    const by = await app.ask.operator();
    if (!by) return;
    const done = await Promise.allSettled(records.map((record) => app.api.acknowledge(record, by)));
    const count = done.filter((one) => one.status === "fulfilled").length;
    app.toast(`Acknowledged: ${count} of ${records.length}`, count < records.length ? "error" : "info");
  }

  const rowOf = (record) => list.querySelector(`.alarm[data-alarm="${CSS.escape(record.key)}"]`);
  const rows = () => [...list.querySelectorAll(".alarm")];

  const to = (place) => rows()[Math.max(Math.min(place, rows().length - 1), 0)]?.focus();

  // Where somebody stands in the list, also when the row under them goes.
  function remember() {
    const here = rows().indexOf(document.activeElement?.closest(".alarm"));
    if (here >= 0) state.place = here;
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape" || (event.key === "ArrowDown" && event.target === search)) (rows()[0] ?? search).focus(), event.preventDefault();
      return;
    }
    const all = rows();
    const here = all.indexOf(event.target.closest(".alarm"));
    if (event.key === "ArrowDown" || event.key === "j") to(here < 0 ? Math.max(state.place, 0) : here + 1);
    else if (event.key === "ArrowUp" || event.key === "k") to((here < 0 ? state.place : here) - 1);
    else if (event.key === "Home" || event.key === "End") to(event.key === "Home" ? 0 : all.length - 1);
    else if (event.key === "/") search.focus();
    else if (here >= 0 && event.key === "e") explain(all[here].record);
    else {
      const act = here >= 0 && possible(all[here].record).find((one) => one.key === event.key);
      if (!act) return;
      perform(act, all[here].record);
    }
    event.preventDefault();
  }

  // The address names a priority, or one alarm by its id, which is opened.
  function aim(what) {
    state.priorities = new Set(PRIORITIES.includes(what) ? [what] : PRIORITIES);
    render();
    const row = rows().find((one) => one.record.id === what);
    if (!row) return;
    row.focus();
    if (row.querySelector(".explain").hidden) explain(row.record);
  }

  addEventListener("keydown", onKey);
  list.addEventListener("focusin", remember);
  const timer = setInterval(() => rows().forEach(refresh), 1000);
  aim(wanted);

  return {
    params([what]) {
      aim(what);
    },
    update(changes) {
      if (changes.alarms || changes.whole) render();
      else if (changes.zones.size || changes.units.size) rows().forEach(refresh);
    },
    unmount() {
      clearInterval(timer);
      removeEventListener("keydown", onKey);
    },
  };
}

// Not acknowledged before acknowledged, then by priority, then the newest.
function urgent(a, b) {
  return (
    Number(b.unacknowledged) - Number(a.unacknowledged) ||
    PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
    b.raisedAt - a.raisedAt ||
    a.key.localeCompare(b.key)
  );
}

