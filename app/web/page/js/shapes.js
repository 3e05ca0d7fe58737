// From the server's words to the page's.

const NS = 1e6;
const UNACKNOWLEDGED = new Set(["unacknowledged", "returned-unacknowledged", "latched-unacknowledged"]);
const STANDING = new Set(["unacknowledged", "acknowledged"]);
const COOLS = new Set(["following", "unknown"]);

export const toUnit = (unit) => ({ ...unit, trouble: !COOLS.has(unit.state) || null, override: unit.override ? unit.override / NS : null });

export const toReplay = (replay) => ({ ...replay, from: replay.from / NS, to: replay.to / NS, at: replay.at / NS });

export function toAlarm(record) {
  const hidden = record.state === "shelved" || record.state === "out-of-service" || record.state.startsWith("suppressed");
  return {
    ...record,
    key: [record.zone, record.unit, record.zone || record.unit ? null : record.hall, record.rule].join(" "),
    at: record.at / NS,
    raisedAt: Number(record.id.split("@").pop()) / NS,
    until: record.until ? record.until / NS : null,
    unacknowledged: UNACKNOWLEDGED.has(record.state),
    standing: STANDING.has(record.state),
    shown: !hidden && record.state !== "normal",
    share: !record.unit && record.limit !== null && record.limit !== undefined && record.limit <= 1,
  };
}
