// The server's answers, in the shapes that the page uses. Times are milliseconds here and nanoseconds there.

import { toReplay } from "./shapes.js";

const ROOT = "api/v1";
const TOKEN = "hotzone.token";
const NS = 1e6;
const ENDS = new Set(["alarm.cleared", "alarm.latched", "alarm.shelved", "alarm.suppressed", "alarm.out-of-service"]);
const ns = (ms) => `${Math.round(ms)}000000`;

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const token = () => sessionStorage.getItem(TOKEN);

// A token stays with this tab and is gone when it closes.
export const keepToken = (text) => sessionStorage.setItem(TOKEN, text);

export function headers(more = {}) {
  const known = token();
  return known ? { ...more, Authorization: `Bearer ${known}` } : more;
}

export class Api {
  async ask(path, { method = "GET", body, signal } = {}) {
    const answer = await fetch(`${ROOT}/${path}`, {
      method,
      signal,
      headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const found = answer.headers.get("Content-Type")?.startsWith("application/json") ? JSON.parse(text) : null;
    if (!answer.ok) throw new Refused(answer.status, found?.error ?? found?.detail ?? `${answer.status} ${answer.statusText}`);
    return found;
  }

  site() {
    return this.ask("site");
  }

  // {rows: [[seconds, value, ...]]} with one column a series, null where there is no value.
  async history(series, from, to, { signal, points = 600 } = {}) {
    const query = new URLSearchParams({ series: series.join(","), from: ns(from), to: ns(to), points });
    const found = await this.ask(`history?${query}`, { signal });
    return { rows: found.t.map((at, place) => [at / 1e9, ...series.map((id) => found.series[id]?.[place] ?? null)]) };
  }

  // Alarms that stood in this time: [{key, from, to, priority, rule, zone, unit}], `to` null while it stands.
  async alarmSpans(from, to, { signal } = {}) {
    const query = new URLSearchParams({ from: ns(from), to: ns(to) });
    return spansOf((await this.ask(`events?${query}&type=alarm.*`, { signal })).events);
  }

  acknowledge(record, by) {
    return this.act(record, "acknowledge", { by });
  }

  reset(record, by) {
    return this.act(record, "reset", { by });
  }

  shelve(record, { by, reason, until }) {
    return this.act(record, "shelve", { by, reason, until: Number(ns(until)) });
  }

  unshelve(record, by) {
    return this.act(record, "unshelve", { by });
  }

  service(record, { by, reason }, action) {
    return this.act(record, action, { by, reason });
  }

  override(unit, { by, reason, percent, until }) {
    return this.ask(`units/${encodeURIComponent(unit.id)}/override`, { method: "POST", body: { by, reason, value: percent, until: Number(ns(until)) } });
  }

  release(unit, by) {
    return this.ask(`units/${encodeURIComponent(unit.id)}/release`, { method: "POST", body: { by } });
  }

  act(record, action, body) {
    return this.ask(`alarms/${encodeURIComponent(record.id)}/${action}`, { method: "POST", body });
  }

  async explain(record) {
    return this.ask(`alarms/${encodeURIComponent(record.id)}/explain`);
  }

  // What is left out stays: {at, rate, playing}, the time in ms as everywhere here.
  async control({ at, ...wanted }) {
    const body = at === undefined ? wanted : { ...wanted, at: Number(ns(at)) };
    return toReplay(await this.ask("replay", { method: "POST", body }));
  }

  async health() {
    const health = await this.ask("health");
    const { recording } = health;
    return { ...health, recording: recording && { ...recording, first: recording.first && recording.first / NS, last: recording.last && recording.last / NS } };
  }

  async kpi(from, to) {
    const found = await this.ask(`kpi?${new URLSearchParams({ from: ns(from), to: ns(to) })}`);
    const floods = found.floods.map((one) => ({ ...one, begin: one.begin / NS, end: one.end / NS }));
    return { ...found, from: found.since / NS, to: found.until / NS, floods, halls: found.halls ?? [] };
  }
}

// From events to spans; what was raised before the time began and ends in it began at its id's own time.
export function spansOf(events) {
  const spans = new Map();
  for (const event of events) {
    const key = event.alarm;
    if (!spans.has(key)) spans.set(key, { key, from: Number(key.split("@").pop()) / NS, to: null, priority: event.priority, rule: event.rule, zone: event.zone ?? null, unit: event.unit ?? null });
    if (ENDS.has(event.type)) spans.get(key).to = event.at / NS;
  }
  return [...spans.values()].sort((a, b) => b.from - a.from);
}

export { NS, ROOT };
