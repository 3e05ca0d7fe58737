// Elements from data. Text only ever becomes text: no name that a site or a person gives is read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else if (name === "style") for (const [rule, set] of Object.entries(value)) node.style.setProperty(rule, set);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);

export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

// A name of the site, isolated: right-to-left and override marks in it stay in it.
export const name = (text, props) => el("bdi", props, String(text ?? ""));

// Set only what is different: an equal assignment would still cost a style or layout pass.
export function setText(node, text) {
  const wanted = String(text ?? "");
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function setAttr(node, attribute, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(attribute);
  else if (node.getAttribute(attribute) !== String(value)) node.setAttribute(attribute, value);
}

// Children of `parent` by key: made once, updated in place, moved only when the order changes. Whoever has the focus keeps it.
export function keyed(parent, items, key, make, update) {
  const known = (parent.hotzoneRows ??= new Map());
  const kept = new Set();
  let before = null;
  for (const item of items) {
    const id = key(item);
    let row = known.get(id);
    if (!row) known.set(id, (row = make(item)));
    kept.add(id);
    update?.(row, item);
    const next = before ? before.nextSibling : parent.firstChild;
    if (next !== row) {
      const focused = row.contains(document.activeElement) ? document.activeElement : null;
      parent.insertBefore(row, next);
      focused?.focus({ preventScroll: true });
    }
    before = row;
  }
  for (const [id, row] of known) {
    if (kept.has(id)) continue;
    row.remove();
    known.delete(id);
  }
}

let serial = 0;
export const unique = (prefix) => `${prefix}-${++serial}`;
