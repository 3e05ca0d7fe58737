// The clock, and the word on how fresh everything is. Old data is never shown as if it were new.

import { HERE, day, place, siteZone, span, time } from "./format.js";
import { el, setAttr, setText } from "./dom.js";

const OLD_MS = 4000;

export function startClock(app, { clock, feed, notice, view }) {
  const { store } = app;
  const [here, there] = clock.children;
  there.append(el("span"), el("span", { class: "site" }), el("span"));
  const zone = siteZone(store.site);

  function tick() {
    const silent = performance.now() - store.seenAt;
    const old = store.seenAt > 0 && (store.feed !== "live" || silent > OLD_MS);
    const state = store.seenAt === 0 ? "connecting" : old ? "old" : "live";
    setAttr(feed, "data-state", state);
    setText(feed, state === "live" ? (store.replay ? "replay" : "live") : state);
    view.classList.toggle("old", old);
    notice.hidden = !old;
    if (old) setText(notice, `No news from the server for ${span(silent)}: everything below is from ${time(store.at)}. ${store.feed === "live" ? "Waiting." : "Connecting again."}`);
    if (!store.at) return;
    const now = store.now();
    setText(here, time(now));
    const rate = store.rate === 1 ? "" : store.rate === 0 ? ", held" : `, ${store.rate}× hall time`;
    for (const [index, text] of [`${day(now)}, ${place(HERE)} · `, `site ${time(now, zone).slice(0, 5)} ${place(zone)}`, rate].entries()) setText(there.children[index], text);
  }

  setInterval(tick, 500);
  tick();
}
