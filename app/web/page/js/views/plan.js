// The floor plan of one hall as SVG: racks, zones around them, cooling units at their ends. Metres become pixels once a
// resize, so that letters keep their size; afterwards only what changed is touched.

import { setAttr, setText, svg } from "../dom.js";
import { BANDS, RECOMMENDED, UNKNOWN } from "../bands.js";
import { fixed, percent, words } from "../format.js";

const RACK = { wide: 0.6, deep: 1.1 };
const UNIT = { wide: 0.72, deep: 1.5 };
const DEEPER = 1.7; // a hall that is much wider than the window is stretched by so much at most
const WIDER = 1.8; // and one that is much deeper by so much
const LEGIBLE = 25; // pixels a metre that are worth some scrolling
const TALLEST = 640;
const LEAST = 7;
const MOST = 84;
const AROUND = 0.14;
const BESIDE = 86;
const NARROW = 520;
const DECIMALS_FROM = 24;
const NUMBERS_FROM = 15;

function geometry(hall, width, height) {
  const narrow = width < NARROW;
  const xs = [...hall.racks.map((rack) => rack.x), ...hall.units.map((unit) => unit.x)];
  const ys = [...hall.racks.map((rack) => rack.y), ...hall.units.map((unit) => unit.y)];
  const box = { left: Math.min(...xs) - 0.6, right: Math.max(...xs) + 0.6, top: Math.min(...ys) - 0.95, bottom: Math.max(...ys) + 0.95 };
  const beside = hall.units.length && !narrow ? BESIDE : 4;
  const above = 22;
  const across = box.right - box.left;
  const down = box.bottom - box.top;
  // To scale as far as that is legible: one way may be stretched, and a deep hall may be higher than the window.
  const room = { x: Math.max(width - 2 * beside, 100), y: Math.max(height - above - 8, Math.min(down * LEGIBLE, TALLEST), 160) };
  const fit = Math.max(Math.min(room.x / across, room.y / down), narrow ? room.x / across : LEAST);
  const scale = Math.min(fit * Math.min(Math.max(room.x / (across * fit), 1), WIDER), MOST);
  const deep = Math.min(fit * Math.min(Math.max(room.y / (down * fit), 1), narrow ? 1.25 : DEEPER), MOST);
  return {
    scale,
    deep,
    beside,
    narrow,
    width: across * scale + 2 * beside,
    height: down * deep + above + 8,
    middle: (box.left + box.right) / 2,
    ends: [Math.min(...hall.units.map((unit) => unit.x)) + 0.2, Math.max(...hall.units.map((unit) => unit.x)) - 0.2],
    x: (metres) => beside + (metres - box.left) * scale,
    y: (metres) => above + (metres - box.top) * deep,
  };
}

export class Plan {
  constructor({ onOpen, onPoint, onServe, onUnit }) {
    this.onUnit = onUnit;
    this.onOpen = onOpen;
    this.onPoint = onPoint;
    this.onServe = onServe;
    this.root = svg("svg", { role: "group", tabindex: -1 }); // Chromium would stop at whatever listens to the focus
    this.current = null;
    this.nodes = new Map();
    this.root.addEventListener("click", (event) => this.pick(event, this.onOpen));
    this.root.addEventListener("pointerover", (event) => this.pick(event, this.onPoint) || this.onPoint(null));
    this.root.addEventListener("pointerleave", () => this.onPoint(null));
    this.root.addEventListener("focusin", (event) => this.pick(event, this.onPoint));
    this.root.addEventListener("focusout", () => this.onPoint(null));
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  pick(event, then) {
    const node = event.target.closest?.(".rack");
    if (!node) return false;
    then(this.hall.racks[Number(node.dataset.place)], node);
    return true;
  }

  draw(hall, width, height) {
    const at = (this.at = geometry(hall, width, height));
    const held = this.root.contains(document.activeElement) ? document.activeElement.dataset : null;
    this.hall = hall;
    this.nodes.clear();
    this.zones = new Map();
    this.units = new Map();
    setAttr(this.root, "width", Math.round(at.width));
    setAttr(this.root, "height", Math.round(at.height));
    setAttr(this.root, "viewBox", `0 0 ${Math.round(at.width)} ${Math.round(at.height)}`);
    setAttr(this.root, "aria-label", `Floor plan of hall ${hall.id}, ${hall.racks.length} racks. Arrow keys move between racks`);
    const racks = hall.racks.map((rack, place) => this.rack(rack, place));
    this.root.replaceChildren(
      hatch(),
      ...hall.zones.map((zone) => this.zone(zone)),
      ...racks,
      ...hall.units.map((unit) => this.unit(unit)),
    );
    const first = this.nodes.get(this.current) ? this.current : hall.racks[0]?.index;
    if (first !== undefined) this.roam(first);
    if (held?.unit) this.units.get(held.unit)?.node.focus({ preventScroll: true });
    else if (held) this.nodes.get(this.current)?.node.focus({ preventScroll: true });
  }

  // --- what stands there

  zone(zone) {
    const { x, y, scale, narrow } = this.at;
    const xs = zone.racks.map((rack) => rack.x);
    const ys = zone.racks.map((rack) => rack.y);
    const left = x(Math.min(...xs) - RACK.wide / 2 - AROUND);
    const top = y(Math.min(...ys) - RACK.deep / 2 - AROUND);
    const width = x(Math.max(...xs) + RACK.wide / 2 + AROUND) - left;
    const height = y(Math.max(...ys) + RACK.deep / 2 + AROUND) - top;
    const small = scale < 13;
    const size = small ? 9.5 : 12;
    const parts = {
      id: svg("tspan", { class: "id" }, zone.id),
      value: svg("tspan", { dx: 8 }),
      state: svg("tspan", { class: "state", dx: 8 }),
      rest: svg("tspan", { class: "rest", dx: 8 }),
    };
    const brief = narrow || width < 250;
    const shown = small ? [parts.id] : brief ? [parts.id, parts.value, parts.state] : Object.values(parts);
    const node = svg(
      "g",
      { class: "zone", "data-zone": zone.id, "data-state": "unknown" },
      svg("rect", { class: "outline", x: left, y: top, width, height, rx: 3 }),
      svg("text", { class: "caption", x: left + 1, y: top - (small ? 2 : 5), "font-size": size, direction: "ltr" }, ...shown),
    );
    this.zones.set(zone.id, { node, parts });
    return node;
  }

  rack(rack, place) {
    const { x, y, scale, deep } = this.at;
    const gap = scale > 20 ? 1 : 0.5;
    const width = Math.max(RACK.wide * scale - 2 * gap, 2);
    const height = Math.max(RACK.deep * deep, 3);
    const left = x(rack.x - RACK.wide / 2) + gap;
    const top = y(rack.y - RACK.deep / 2);
    const node = svg(
      "g",
      { class: `rack band-${UNKNOWN}`, role: "button", tabindex: -1, "data-place": place, "data-rack": rack.id, "aria-label": `Rack ${rack.id}` },
      svg("rect", { x: left, y: top, width, height, rx: 1.5 }),
    );
    let text = null;
    let mark = null;
    if (width >= NUMBERS_FROM) {
      const size = width >= DECIMALS_FROM ? Math.min(15, Math.max(width / 2.45, 9.8)) : 10;
      text = svg("text", { class: "inside", x: left + width / 2, y: top + height / 2 + size * 0.36, "font-size": size });
      node.append(text);
    }
    if (width >= 34) {
      const tag = rack.id.startsWith(`${rack.zone.id}-`) ? rack.id.slice(rack.zone.id.length + 1) : rack.id;
      const size = Math.min(11, width / 3.4);
      node.append(svg("text", { x: left + width / 2, y: top + height - 6, "font-size": size }, tag.slice(0, 8)));
      mark = svg("text", { x: left + width / 2, y: top + 14, "font-size": 9 });
      node.append(mark);
    }
    this.nodes.set(rack.index, { node, text, mark, band: -1, doubt: null, box: [left, top, width, height] });
    return node;
  }

  unit(unit) {
    const { x, y, scale, deep, narrow, middle, ends } = this.at;
    const width = UNIT.wide * scale;
    const height = UNIT.deep * deep;
    const left = x(unit.x) - width / 2;
    const top = y(unit.y) - height / 2;
    const outward = unit.x < middle ? -1 : 1;
    const within = narrow || (unit.x > ends[0] && unit.x < ends[1]); // no room beside it: only its number, if that fits
    const at = within ? left + width / 2 : outward < 0 ? left - 7 : left + width + 7;
    const anchor = within ? "middle" : outward < 0 ? "end" : "start";
    const full = !within && height >= 52;
    const numbered = within ? width >= 18 : height >= 15;
    const line = (css, dy) => svg("text", { class: css, x: at, y: top + height / 2 + dy, "text-anchor": anchor });
    const parts = {
      level: svg("rect", { class: "level", x: left + 1, y: top + 1, width: width - 2, height: height - 2 }),
      command: svg("line", { class: "command", x1: left, x2: left + width }),
      within,
      fan: line("fan", full ? -2 : 4),
      supply: line("small", 13),
      trouble: line("trouble", 27),
      top,
      height,
    };
    const id = line("small", -18);
    id.textContent = unit.id;
    const node = svg(
      "g",
      { class: "crac", tabindex: 0, role: "button", "data-unit": unit.id, "aria-label": `Cooling unit ${unit.id}` },
      svg("rect", { class: "body", x: left, y: top, width, height, rx: 2 }),
      parts.level,
      parts.command,
      ...(numbered ? [parts.fan] : []),
      ...(full ? [id, parts.supply, parts.trouble] : []),
    );
    node.addEventListener("click", () => this.onUnit(unit));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.onUnit(unit);
    });
    node.addEventListener("pointerenter", () => this.onServe(unit));
    node.addEventListener("pointerleave", () => this.onServe(null));
    node.addEventListener("focus", () => this.onServe(unit));
    node.addEventListener("blur", () => this.onServe(null));
    this.units.set(unit.id, { node, parts });
    return node;
  }

  // --- what changes

  showRack(rack) {
    const known = this.nodes.get(rack.index);
    if (!known) return;
    if (known.band !== rack.band) {
      known.band = rack.band;
      known.node.setAttribute("class", `rack band-${rack.band}`);
      if (known.mark) setText(known.mark, rack.band === RECOMMENDED ? "" : BANDS[rack.band].mark);
      this.label(rack);
    }
    if (known.text) {
      const text = rack.band === UNKNOWN ? "" : fixed(rack.value, known.box[2] >= DECIMALS_FROM ? 1 : 0);
      if (known.shown !== text) {
        known.shown = text;
        (known.text.firstChild ?? known.text.appendChild(document.createTextNode(""))).data = text;
      }
    }
    const doubtful = rack.worst > 0 && rack.band !== UNKNOWN;
    if (doubtful !== Boolean(known.doubt)) {
      if (known.doubt) known.doubt.remove();
      const [x, y, width, height] = known.box;
      known.doubt = doubtful ? svg("rect", { class: "doubt", x: x + 2, y: y + 2, width: Math.max(width - 4, 1), height: Math.max(height - 4, 1) }) : null;
      if (known.doubt) known.node.append(known.doubt);
    }
  }

  label(rack) {
    const known = this.nodes.get(rack.index);
    const value = rack.band === UNKNOWN ? "no good data" : `${fixed(rack.value)} °C, ${BANDS[rack.band].name}`;
    if (known) setAttr(known.node, "aria-label", `Rack ${rack.id}, ${value}`);
  }

  showZone(id, state) {
    const known = this.zones.get(id);
    if (!known || !state) return;
    setAttr(known.node, "data-state", state.state ?? "unknown");
    setText(known.parts.value, fixed(state.value, 1) + " °C");
    setText(known.parts.state, state.state === "normal" ? "" : words(state.state).toUpperCase());
    setText(known.parts.rest, state.demand === null || state.demand === undefined ? "" : `demand ${percent(state.demand)}`);
  }

  showUnit(unit, state) {
    const known = this.units.get(unit.id);
    if (!known || !state) return;
    const { parts, node } = known;
    const share = Math.max(0, Math.min(1, (state.fan ?? 0) / 100));
    const level = Math.round((parts.height - 2) * share);
    setAttr(parts.level, "height", level);
    setAttr(parts.level, "y", Math.round(parts.top + parts.height - 1 - level));
    const commanded = state.commanded ?? null;
    setAttr(parts.command, "visibility", commanded === null ? "hidden" : null);
    if (commanded !== null) {
      const height = Math.round(parts.top + (parts.height - 2) * (1 - commanded / 100)) + 1;
      setAttr(parts.command, "y1", height);
      setAttr(parts.command, "y2", height);
    }
    setText(parts.fan, parts.within ? fixed(state.fan, 0) : percent(state.fan));
    setText(parts.supply, state.supply === null || state.supply === undefined ? "" : `${fixed(state.supply)} °C`);
    setAttr(node, "data-trouble", state.trouble);
    setText(parts.trouble, state.trouble ? words(state.state).toUpperCase() : "");
    setAttr(node, "aria-label", `Cooling unit ${unit.id}, fan ${percent(state.fan)}, supply ${fixed(state.supply)} °C, ${words(state.state)}`);
  }

  select(rack) {
    for (const [index, known] of this.nodes) setAttr(known.node, "aria-pressed", rack && index === rack.index ? "true" : null);
  }

  serve(unit) {
    for (const [id, known] of this.zones) setAttr(known.node, "data-served", unit?.serves.includes(id) || null);
  }

  // --- the keyboard: one tab stop, arrows go to the next rack in their direction

  roam(index) {
    const before = this.nodes.get(this.current);
    if (before) before.node.setAttribute("tabindex", -1);
    this.current = index;
    const now = this.nodes.get(index);
    now?.node.setAttribute("tabindex", 0);
    return now?.node;
  }

  key(event) {
    const node = event.target.closest?.(".rack");
    if (!node) return;
    const rack = this.hall.racks[Number(node.dataset.place)];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.onOpen(rack, node);
      return;
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = nearest(this.hall.racks, rack, step);
    if (!next) return;
    this.label(next);
    this.roam(next.index)?.focus();
  }
}

function nearest(racks, from, [dx, dy]) {
  let best = null;
  let least = Infinity;
  for (const rack of racks) {
    const along = (rack.x - from.x) * dx + (rack.y - from.y) * dy;
    if (along < 0.05) continue;
    const beside = Math.abs((rack.x - from.x) * dy) + Math.abs((rack.y - from.y) * dx);
    const far = along + 3 * beside;
    if (far < least) [best, least] = [rack, far];
  }
  return best;
}

const hatch = () =>
  svg(
    "defs",
    {},
    svg(
      "pattern",
      { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { class: "hatch-back", width: 6, height: 6 }),
      svg("line", { class: "hatch-line", x1: 0, y1: 0, x2: 0, y2: 6 }),
    ),
  );

