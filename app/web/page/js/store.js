// What the page knows: the site, its present state by number, and who wants to hear of changes.
//
// Readings are typed arrays by the index of their thermometer, so that 20,000 of them cost no objects. Views hear at
// most once a frame, and only of what changed; nothing is drawn while the page is not visible.

import { UNKNOWN, bandOf, rangeOf } from "./bands.js";

export const QUALITY = ["good", "uncertain", "bad", "stale"];
const GOOD = 0;
export const STALE = 3;

class Changes {
  constructor() {
    this.racks = new Set();
    this.zones = new Set();
    this.units = new Set();
    this.sensors = new Set(); // only those that somebody watches
    this.alarms = false;
    this.replay = false;
    this.maintenance = false;
    this.whole = false;
  }
}

export class Store {
  constructor() {
    this.site = null;
    this.zones = new Map();
    this.units = new Map();
    this.alarms = new Map();
    this.replay = null;
    this.maintenance = {};
    this.watched = new Set();
    this.at = 0;
    this.rate = 1;
    this.seenAt = 0; // wall time of the last message, ms
    this.feed = "connecting";
    this.listeners = new Set();
    this.ticking = new Set();
    this.changes = new Changes();
    this.due = false;
  }

  // --- the site

  begin(site) {
    this.site = site;
    this.halls = site.halls;
    this.racks = [];
    this.sensors = [];
    this.sensorIndex = new Map();
    this.zoneOf = new Map();
    this.unitOf = new Map();
    for (const hall of site.halls) {
      hall.range = rangeOf(hall);
      hall.racks = [];
      for (const zone of hall.zones) {
        this.zoneOf.set(zone.id, { ...zone, hall });
        for (const rack of zone.racks) this.addRack(hall, zone, rack);
        for (const sensor of zone.air ?? []) this.addSensor(sensor, { zone, hall, rack: null });
      }
      for (const unit of hall.units) this.unitOf.set(unit.id, { ...unit, hall });
    }
    this.celsius = new Float32Array(this.sensors.length).fill(Number.NaN);
    this.quality = new Uint8Array(this.sensors.length).fill(STALE);
    this.causes = new Map();
    this.rackOf = Int32Array.from(this.sensors, (sensor) => (sensor.counts ? sensor.rack.index : -1));
    this.changes.whole = true;
    this.schedule();
  }

  addRack(hall, zone, rack) {
    const made = { id: rack.id, x: rack.x, y: rack.y, zone, hall, index: this.racks.length, inlets: [], others: [], value: Number.NaN, band: UNKNOWN, worst: GOOD };
    this.racks.push(made);
    hall.racks.push(made);
    for (const sensor of rack.sensors) {
      const inlet = sensor.role === "inlet";
      (inlet ? made.inlets : made.others).push(this.addSensor(sensor, { zone, hall, rack: made, counts: inlet }));
    }
  }

  addSensor(sensor, around) {
    const index = sensor.index ?? this.sensors.length;
    this.sensors[index] = { ...sensor, ...around, index };
    this.sensorIndex.set(sensor.id, index);
    return index;
  }

  // --- what comes in

  reading(index, celsius, quality, cause) {
    if (index >= this.celsius.length) return;
    const value = celsius ?? Number.NaN;
    if (quality !== undefined) this.judged(index, quality, cause);
    if (value !== this.celsius[index] && !(Number.isNaN(value) && Number.isNaN(this.celsius[index]))) {
      this.celsius[index] = value;
      this.touch(index);
    }
  }

  judged(index, quality, cause) {
    if (cause) this.causes.set(index, cause);
    else this.causes.delete(index);
    if (quality === this.quality[index]) return;
    this.quality[index] = quality;
    this.touch(index);
  }

  touch(index) {
    const rack = this.rackOf[index];
    if (rack >= 0) this.changes.racks.add(rack);
    if (this.watched.has(index)) this.changes.sensors.add(index);
  }

  zone(id, state) {
    this.zones.set(id, state);
    this.changes.zones.add(id);
  }

  unit(id, state) {
    this.units.set(id, state);
    this.changes.units.add(id);
  }

  allAlarms(records) {
    this.alarms = new Map(records.map((record) => [record.key, record]));
    this.changes.alarms = true;
  }

  replayed(replay) {
    this.replay = replay;
    this.changes.replay = true;
  }

  heard(at, rate) {
    this.seenAt = performance.now();
    if (at) this.at = at;
    if (rate !== undefined && rate !== null) this.rate = rate;
    this.schedule();
  }

  // Log time now, between two messages too.
  now() {
    const since = this.feed === "live" ? Math.min(performance.now() - this.seenAt, 2000) : 0;
    return this.at + since * this.rate;
  }

  // --- who hears of it

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  schedule() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => this.flush());
  }

  flush() {
    this.due = false;
    if (!this.site) return;
    const changes = this.changes;
    this.changes = new Changes();
    for (const index of changes.whole ? this.racks.keys() : changes.racks) this.judge(this.racks[index]);
    for (const listener of [...this.listeners]) listener(changes);
  }

  // A rack is as warm as the warmest inlet that can be believed.
  judge(rack) {
    let value = Number.NaN;
    let worst = GOOD;
    for (const index of rack.inlets) {
      const quality = this.quality[index];
      if (quality > worst) worst = quality;
      if (quality > 1) continue;
      const celsius = this.celsius[index];
      if (!(celsius <= value)) value = Number.isNaN(celsius) ? value : celsius;
    }
    rack.value = value;
    rack.worst = worst;
    rack.band = bandOf(value, rack.hall.range);
  }

  standing() {
    return [...this.alarms.values()].filter((record) => record.standing);
  }

  tally() {
    const counts = { critical: 0, high: 0, medium: 0, low: 0, fresh: { critical: 0, high: 0, medium: 0, low: 0 } };
    for (const record of this.alarms.values()) {
      if (!record.shown) continue;
      counts[record.priority] += 1;
      if (record.unacknowledged) counts.fresh[record.priority] += 1;
    }
    return counts;
  }
}
