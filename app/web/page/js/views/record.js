// What an alarm's record says in words, and what can be done about it in its state.

import { celsius, fixed, percent, span, words } from "../format.js";

const MINUTE_NS = 60e9;

const STATES = {
  unacknowledged: "not acknowledged",
  acknowledged: "acknowledged",
  "returned-unacknowledged": "back to normal, not acknowledged",
  "latched-unacknowledged": "latched, not acknowledged",
  "latched-acknowledged": "latched, wants a reset",
  shelved: "shelved",
  suppressed: "suppressed by design",
  "out-of-service": "out of service",
};

export const stateText = (record) => STATES[record.state] ?? words(record.state);

// The value now, where the page hears of it; otherwise that of the last event. Of units they are percent; of rules that rise, shares of the zone's inlets.
export function valueText(record, store) {
  const { value, limit } = record;
  if (value === null || value === undefined) return "";
  if (limit === null || limit === undefined) return "";
  if (record.unit) return percent(store.units.get(record.unit)?.fan ?? value);
  if (record.share) return `${fixed(value * 100, 0)} % of inlets`;
  const ofZone = store.zoneOf.get(record.zone)?.limits.some((one) => one.rule === record.rule);
  return celsius((ofZone ? store.zones.get(record.zone)?.value : null) ?? value);
}

export function limitText(record, store) {
  const { limit } = record;
  if (limit === null || limit === undefined) return "";
  if (record.unit) return `wanted ${percent(store.units.get(record.unit)?.commanded ?? limit)}`;
  return record.share ? `limit ${fixed(limit * 100, 0)} %` : `limit ${fixed(limit, limit % 1 ? 1 : 0)} °C`;
}

const active = (record) => !["shelved", "suppressed", "out-of-service"].includes(record.state);

export const ACTS = [
  {
    id: "acknowledge",
    key: "a",
    label: "Acknowledge",
    fits: (record) => record.unacknowledged,
    async perform(record, app) {
      const by = await app.ask.operator();
      if (!by) return null;
      await app.api.acknowledge(record, by);
      return `Acknowledged: ${words(record.rule)}`;
    },
  },
  {
    id: "reset",
    key: "r",
    label: "Reset",
    fits: (record) => record.state === "latched-acknowledged",
    async perform(record, app) {
      const by = await app.ask.operator();
      if (!by) return null;
      await app.api.reset(record, by);
      return `Reset: ${words(record.rule)}`;
    },
  },
  {
    id: "unshelve",
    key: "s",
    label: "Unshelve",
    fits: (record) => record.state === "shelved",
    async perform(record, app) {
      const by = await app.ask.operator();
      if (!by) return null;
      await app.api.unshelve(record, by);
      return `Back from the shelf: ${words(record.rule)}`;
    },
  },
  {
    id: "shelve",
    key: "s",
    label: "Shelve…",
    fits: active,
    async perform(record, app) {
      const given = await app.ask.shelve(record, app.store.site.shelf[record.priority] / MINUTE_NS);
      if (!given) return null;
      await app.api.shelve(record, { ...given, until: app.store.now() + given.minutes * 60_000 });
      return `Shelved for ${span(given.minutes * 60_000)}: ${words(record.rule)}`;
    },
  },
  {
    id: "return",
    key: "o",
    label: "Back into service…",
    fits: (record) => record.state === "out-of-service",
    async perform(record, app) {
      const given = await app.ask.reason("Back into service", "The rule is judged again from now on.", "Return");
      if (!given) return null;
      await app.api.service(record, given, "return");
      return `In service: ${words(record.rule)}`;
    },
  },
  {
    id: "service",
    key: "o",
    label: "Out of service…",
    fits: active,
    async perform(record, app) {
      const given = await app.ask.reason("Out of service", "Nobody is told of this rule at this place until somebody returns it. Cooling goes on.", "Take out");
      if (!given) return null;
      await app.api.service(record, given, "service");
      return `Out of service: ${words(record.rule)}`;
    },
  },
];
