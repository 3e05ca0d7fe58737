// Numbers and times for people. Times are milliseconds of log time.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MINUS = "−";

const SPANS = [
  [HOUR, MINUTE, "min", 1000, "s"],
  [DAY, HOUR, "h", MINUTE, "min"],
  [Infinity, DAY, "d", HOUR, "h"],
];

const NONE = "–";

const signed = (text) => text.replace("-", MINUS);

export const fixed = (value, digits = 1) => (value === null || value === undefined || Number.isNaN(value) ? NONE : signed(value.toFixed(digits)));

export const celsius = (value, digits = 1) => (fixed(value, digits) === NONE ? NONE : `${fixed(value, digits)} °C`);

export const percent = (value, digits = 0) => (fixed(value, digits) === NONE ? NONE : `${fixed(value, digits)} %`);

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const count = (value) => (value === null || value === undefined ? NONE : grouped.format(value).replaceAll(",", " "));

// How long something lasts: two units at most, as an operator would say it.
export function span(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return NONE;
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.floor(whole / 1000)} s`;
  const [, most, unit, least, rest] = SPANS.find(([under]) => whole < under);
  const more = Math.floor((whole % most) / least);
  return `${Math.floor(whole / most)} ${unit}${more ? ` ${more} ${rest}` : ""}`;
}

const formats = new Map();

function format(zone, options) {
  const key = `${zone} ${options.join("")}`;
  let made = formats.get(key);
  if (!made) {
    const parts = { hourCycle: "h23", timeZone: zone };
    for (const part of options) parts[part] = "2-digit";
    if (parts.month) parts.month = "short";
    formats.set(key, (made = new Intl.DateTimeFormat("en-GB", parts)));
  }
  return made;
}

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function known(zone) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

// The zone of the site, for the times beside the viewer's.
export const siteZone = (site) => (site.timezone && known(site.timezone) ? site.timezone : "UTC");

export const time = (ms, zone = HERE) => format(zone, ["hour", "minute", "second"]).format(ms);

export const day = (ms, zone = HERE) => format(zone, ["day", "month"]).format(ms);

export const moment = (ms, zone = HERE) => `${day(ms, zone)} ${time(ms, zone)}`;

// "Zurich" of Europe/Zurich; the offset where there is no such name.
export const place = (zone) => zone.split("/").pop().replaceAll("_", " ");

// "returned-unacknowledged" and "unit_failed" as words.
export const words = (text) => String(text ?? "").replaceAll(/[-_.]/g, " ");
