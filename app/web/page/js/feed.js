// The stream: present state first, then changes. It comes back by itself, at most ten seconds after the server does.

import { ROOT, headers } from "./api.js";
import { toAlarm, toReplay, toUnit } from "./shapes.js";

const FIRST_MS = 500;
const LONGEST_MS = 10_000;
const SILENT_MS = 15_000;
const NS = 1e6;

export class Feed {
  constructor(app) {
    this.app = app;
    this.store = app.store;
    this.last = null;
    this.wait = FIRST_MS;
  }

  async start() {
    for (;;) {
      try {
        if (this.store.feed === "lost") await this.sameSite();
        await this.once();
      } catch {
        // Whatever it was, the way back is the same: the notice says since when nothing came.
      }
      this.store.feed = "lost";
      await new Promise((again) => setTimeout(again, this.wait * (0.75 + Math.random() / 2)));
      this.wait = Math.min(this.wait * 2, LONGEST_MS);
    }
  }

  // A server that comes back may have another site file, and readings come by number: the page begins anew then.
  async sameSite() {
    if (JSON.stringify(await this.app.api.site()) === this.app.described) return;
    location.reload();
    throw new Error("another site");
  }

  async once() {
    const gone = new AbortController();
    const watchdog = setInterval(() => performance.now() - this.heardAt > SILENT_MS && gone.abort(), 2000);
    this.heardAt = performance.now();
    try {
      const answer = await fetch(`${ROOT}/stream`, { headers: headers({ Accept: "text/event-stream", ...(this.last ? { "Last-Event-ID": this.last } : {}) }), signal: gone.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        this.heardAt = performance.now();
        rest += value;
        const blocks = rest.split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) this.take(block);
      }
    } finally {
      clearInterval(watchdog);
      gone.abort();
    }
  }

  take(block) {
    let kind = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      else if (line.startsWith("event:")) kind = line.slice(6).trim();
      else if (line.startsWith("id:")) this.last = line.slice(3).trim();
    }
    if (!data.length) return void this.store.heard();
    const message = JSON.parse(data.join("\n"));
    this.store.feed = "live";
    this.wait = FIRST_MS;
    this[kind]?.(message);
    this.store.heard(message.at === undefined ? 0 : message.at / NS, message.rate);
  }

  state(message) {
    const { store } = this;
    message.sensors.forEach(([celsius, quality, cause], index) => store.reading(index, celsius, quality, cause));
    store.maintenance = message.maintenance ?? {};
    this.present(message);
    store.changes.whole = true;
  }

  changes(message) {
    const { store } = this;
    const values = message.values ?? [];
    for (let place = 0; place < values.length; place += 2) store.reading(values[place], values[place + 1]);
    for (const [index, quality, cause] of message.quality ?? []) store.judged(index, quality, cause);
    this.present(message);
  }

  present({ zones, units, alarms, maintenance, replay }) {
    const { store } = this;
    for (const [id, zone] of Object.entries(zones ?? {})) store.zone(id, zone);
    for (const [id, unit] of Object.entries(units ?? {})) store.unit(id, toUnit(unit));
    if (alarms) store.allAlarms(alarms.map(toAlarm));
    if (maintenance) {
      store.maintenance = maintenance;
      store.changes.maintenance = true;
    }
    if (replay) store.replayed(toReplay(replay));
  }
}
