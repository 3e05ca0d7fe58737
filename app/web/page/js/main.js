// Start: the site first, then the stream; the address behind # says which view.

import { Api, keepToken } from "./api.js";
import { Ask } from "./ask.js";
import { startClock } from "./clock.js";
import { el, keyed, name, setAttr, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { PRIORITIES, glyph, icon } from "./glyphs.js";
import { Store } from "./store.js";
import { themeButton } from "./theme.js";
import { mountTime } from "./time.js";
import * as alarms from "./views/alarms.js";
import * as hall from "./views/hall.js";
import * as health from "./views/health.js";
import * as kpi from "./views/kpi.js";
import * as trends from "./views/trends.js";

const VIEWS = { hall, alarms, trends, health, kpi };

const byId = (id) => document.getElementById(id);
const store = new Store();
const api = new Api();
const app = { store, api, ask: new Ask(api), go, toast };
const shown = { id: null, view: null };

function go(...parts) {
  location.hash = `/${parts.filter(Boolean).map(encodeURIComponent).join("/")}`;
}

function toast(text, kind = "info") {
  const node = el("p", { class: "toast", "data-kind": kind }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), kind === "error" ? 9000 : 4500);
}

function route() {
  if (!store.site || location.hash === "#main") return;
  const [id, ...params] = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
  const wanted = Object.hasOwn(VIEWS, id) ? id : "hall";
  if (wanted === shown.id) return void shown.view.params?.(params);
  shown.view?.unmount?.();
  const root = el("div");
  byId("view").replaceChildren(root);
  shown.id = wanted;
  shown.view = VIEWS[wanted].mount(root, app, params);
  entitle();
  for (const link of byId("views").querySelectorAll("a")) setAttr(link, "aria-current", link.dataset.view === wanted ? "page" : null);
  scrollTo(0, 0);
}

// A tab in the background says how many alarms nobody has acknowledged.
function entitle() {
  const fresh = unacknowledged(store.tally());
  const view = shown.id ? `${VIEWS[shown.id].title} · ` : "";
  document.title = `${fresh ? `(${fresh}) ` : ""}${view}${store.site.name}`;
}

const unacknowledged = ({ fresh }) => PRIORITIES.reduce((sum, priority) => sum + fresh[priority], 0);

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rail() {
  keyed(byId("views"), Object.entries(VIEWS), ([id]) => id, ([id, view]) =>
    el("li", {}, el("a", { href: `#/${id}`, "data-view": id }, icon(id), view.title, el("span", { class: "badge", hidden: true }))),
  );
}

function tallies() {
  const counts = store.tally();
  keyed(byId("tallies"), PRIORITIES, (priority) => priority, (priority) => el("a", { class: "tally", href: `#/alarms/${priority}` }, glyph(priority), el("span")), (node, priority) => {
    setAttr(node, "data-count", counts[priority]);
    setAttr(node.firstChild, "data-new", counts.fresh[priority] ? "true" : null);
    setText(node.lastChild, counts[priority]);
    setAttr(node, "aria-label", `${counts[priority]} ${priority} alarms, ${counts.fresh[priority]} not acknowledged`);
    node.title = `${priority}: ${counts[priority]}, not acknowledged ${counts.fresh[priority]}`;
  });
  const fresh = unacknowledged(counts);
  const badge = byId("views").querySelector('[data-view="alarms"] .badge');
  badge.hidden = fresh === 0;
  setText(badge, fresh);
  entitle();
}

function update(changes) {
  if (changes.alarms || changes.whole) tallies();
  shown.view?.update?.(changes);
}

async function begin() {
  const site = await api.site();
  app.described = JSON.stringify(site);
  store.begin(site);
  byId("site").replaceChildren(name(store.site.name));
  rail();
  tallies();
  startClock(app, { clock: byId("clock"), feed: byId("feed"), notice: byId("notice"), view: byId("view") });
  mountTime(app, byId("time"));
  store.subscribe(update);
  new Feed(app).start();
  addEventListener("hashchange", route);
  route();
}

async function start() {
  themeButton(byId("theme"));
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      if (store.site) throw error;
      if (error.status === 401) {
        const given = await app.ask.token();
        if (given) keepToken(given);
        continue;
      }
      byId("view").replaceChildren(el("p", { class: "empty" }, `The server does not answer (${error.message}). Trying again.`));
      await new Promise((again) => setTimeout(again, 2000));
    }
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog")) return;
  const id = Object.keys(VIEWS)[Number(event.key) - 1];
  if (id) go(id);
});

await start();
