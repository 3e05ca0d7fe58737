// An inlet temperature against the range that ASHRAE TC 9.9 recommends and allows for the hall's class.

const USUAL = [18, 27];
const ALLOWED = { A1: [15, 32], A2: [10, 35], A3: [5, 40], A4: [5, 45], H1: [5, 25] };

// Places in the list below.
export const RECOMMENDED = 2;
export const UNKNOWN = 6;

export const BANDS = [
  { mark: "▼▼", name: "under allowable" },
  { mark: "▼", name: "under recommended" },
  { mark: "", name: "recommended" },
  { mark: "▲", name: "over recommended" },
  { mark: "▲▲", name: "near allowable" },
  { mark: "▲▲▲", name: "over allowable" },
  { mark: "?", name: "no good data" },
];

// { low, high } recommended, { least, most } allowed, and where the warm band ends; °C.
export function rangeOf(hall) {
  const [low, high] = hall.ashrae === "H1" ? [18, 22] : USUAL;
  const [least, most] = ALLOWED[hall.ashrae] ?? ALLOWED.A2;
  return { low, high, least, most, near: high + (most - high) / 2 };
}

export function bandOf(value, range) {
  if (Number.isNaN(value)) return UNKNOWN;
  if (value > range.most) return 5;
  if (value >= range.near) return 4;
  if (value > range.high) return 3;
  if (value >= range.low) return RECOMMENDED;
  return value >= range.least ? 1 : 0;
}

// The edges between the bands, for a legend: [from, to] of each, null where it has no end.
export const edges = (range) => [
  [null, range.least],
  [range.least, range.low],
  [range.low, range.high],
  [range.high, range.near],
  [range.near, range.most],
  [range.most, null],
];
