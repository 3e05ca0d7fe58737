// Signs: a priority is a shape, a number and a colour at once; the rail's icons are strokes.

import { svg } from "./dom.js";

export const PRIORITIES = ["critical", "high", "medium", "low"];

const SHAPES = {
  critical: "M9 1 17 9 9 17 1 9Z",
  high: "M9 2 17 16.5H1Z",
  medium: "M2.5 2.5H15.5V15.5H2.5Z",
  low: "M9 2A7 7 0 1 1 8.99 2Z",
};

export function glyph(priority, { fresh = false, quiet = false } = {}) {
  return svg(
    "svg",
    { class: "glyph", viewBox: "0 0 18 18", "data-priority": priority, "data-new": fresh || null, "data-quiet": quiet || null, "aria-hidden": "true" },
    svg("path", { class: "shape", d: SHAPES[priority] ?? SHAPES.low }),
    svg("text", { x: 9, y: priority === "high" ? 14.4 : 12.9 }, String(PRIORITIES.indexOf(priority) + 1)),
  );
}

const ICONS = {
  hall: "M3 4h18v16H3zM7 8v8M11 8v8M15 8v8M18 8v8",
  alarms: "M12 3.5 21 19.5H3zM12 10v4.5M12 17v.2",
  trends: "M3 4v16h18M6.5 15l4-5 3.5 3 5.5-7",
  time: "M12 5a8 8 0 1 1-7 4M4 4.5V9h4.500M12 9v4.500l3 1.5",
  health: "M3 12.500h4l2.5-6 4.5 11 2.5-5H21",
  kpi: "M5 20v-6M10 20V9M15 20v-9M20 20V5",
  sun: "M12 8a4 4 0 1 1-.01 0M12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.3l1.400 1.400M17.3 17.3l1.400 1.400M5.3 18.7l1.400-1.400M17.3 6.7l1.400-1.400",
  moon: "M19.5 14.500A8 8 0 1 1 9.5 4.500a6.5 6.5 0 0 0 10 10Z",
  auto: "M12 4a8 8 0 1 0 .01 0M12 4v16",
  close: "M6 6l12 12M18 6 6 18",
  earlier: "M15 5l-7 7 7 7",
  later: "M9 5l7 7-7 7",
  minus: "M5 12h14",
  plus: "M5 12h14M12 5v14",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  next: "M5 5v14l9-7zM18 5v14",
  back: "M19 5v14l-9-7zM6 5v14",
};

export const icon = (which) => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[which] }));
