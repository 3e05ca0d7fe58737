// The time machine: one bar under every view. Dragging it moves the replay, and with it everything that is shown.

import { el, setAttr, setText } from "./dom.js";
import { day, span, time } from "./format.js";
import { icon } from "./glyphs.js";

const RATES = [1, 10, 60, 600, 3600];
const STEP_MS = 60_000;
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
const SEEK_EVERY_MS = 120;
const PASSED_MS = 1000;

export function mountTime(app, root) {
  const { store } = app;
  const state = { dragging: false, seeking: false, wanted: null, marks: [] };
  const play = el("button", { type: "button", class: "button theme", onclick: () => control({ playing: !store.replay.playing }) });
  const before = el("button", { type: "button", class: "button theme", "aria-label": "To the alarm before", title: "To the alarm before ([)", onclick: () => jump(-1) }, icon("back"));
  const next = el("button", { type: "button", class: "button theme", "aria-label": "To the next alarm", title: "To the next alarm (])", onclick: () => jump(1) }, icon("next"));
  const rate = el("select", { class: "field", "aria-label": "Speed", onchange: () => control({ rate: Number(rate.value), playing: true }) }, RATES.map((one) => el("option", { value: one }, `${one.toLocaleString("en")}×`)));
  const slider = el("input", { type: "range", class: "slider", "aria-label": "Moment of the recording", min: 0, max: 1, step: "any" });
  const marks = el("div", { class: "marks", "aria-hidden": "true" });
  const ends = [el("span", { class: "muted" }), el("span", { class: "muted" })];
  const here = el("output", { class: "here" });
  root.append(el("div", { class: "controls" }, before, play, next, rate, here), el("div", { class: "track" }, marks, slider, el("div", { class: "ends" }, ends)));

  async function control(wanted) {
    try {
      store.replay = await app.api.control(wanted);
      show();
    } catch (error) {
      app.toast(`The time machine does not answer: ${error.message}`, "error");
    }
  }

  // One question at a time, and the next is for the last moment that was wanted: who drags fast leaves no queue behind.
  async function seek(at) {
    state.wanted = Math.min(Math.max(at, store.replay.from), Math.ceil(store.replay.to));
    show();
    if (state.seeking) return;
    state.seeking = true;
    while (state.wanted !== null) {
      const asked = state.wanted;
      await Promise.all([control({ at: asked }), new Promise((passed) => setTimeout(passed, SEEK_EVERY_MS))]);
      if (state.wanted === asked) state.wanted = null;
    }
    state.seeking = false;
    show();
  }

  // To the millisecond after it was raised: it stands then. Who has only just passed an alarm wants the one before it.
  function jump(direction) {
    const now = store.replay.at;
    const moments = state.marks.map((mark) => Math.floor(mark.at) + 1);
    const found = direction > 0 ? moments.find((at) => at > now) : moments.findLast((at) => at < now - PASSED_MS);
    if (found === undefined) return app.toast(!store.replay.indexed ? "Its alarms are still being read" : direction > 0 ? "No alarm after this" : "No alarm before this");
    return control({ at: found, playing: false });
  }

  function show() {
    const { replay } = store;
    root.hidden = !replay;
    if (!replay) return;
    setAttr(slider, "min", replay.from);
    setAttr(slider, "max", replay.to);
    const at = state.wanted ?? (state.dragging ? Number(slider.value) : replay.at);
    if (!state.dragging) slider.value = at;
    slider.setAttribute("aria-valuetext", `${day(at)} ${time(at)}`);
    setText(here, `${day(at)} ${time(at)}`);
    setText(ends[0], `${day(replay.from)} ${time(replay.from)}`);
    setText(ends[1], `${day(replay.to)} ${time(replay.to)}, ${span(replay.to - replay.from)}`);
    if (document.activeElement !== rate) rate.value = String(RATES.reduce((best, one) => (Math.abs(one - replay.rate) < Math.abs(best - replay.rate) ? one : best)));
    const playing = String(Boolean(replay.playing));
    if (play.dataset.playing !== playing) {
      play.dataset.playing = playing;
      play.replaceChildren(icon(replay.playing ? "pause" : "play"));
      play.setAttribute("aria-label", replay.playing ? "Pause" : "Play");
    }
  }

  async function loadMarks() {
    const { replay } = store;
    state.marks = (await app.api.alarmSpans(replay.from, replay.to)).map((one) => ({ at: one.from, to: one.to, priority: one.priority })).sort((a, b) => a.at - b.at);
    const width = replay.to - replay.from || 1;
    marks.replaceChildren(
      ...state.marks.slice(0, 400).map((mark) =>
        el("i", { "data-priority": mark.priority, style: { left: `${((100 * (mark.at - replay.from)) / width).toFixed(3)}%`, width: `${((100 * ((mark.to ?? replay.to) - mark.at)) / width).toFixed(3)}%` } }),
      ),
    );
  }

  slider.addEventListener("input", () => {
    state.dragging = true;
    seek(Number(slider.value));
  });
  slider.addEventListener("change", () => (state.dragging = false));
  slider.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    seek((state.wanted ?? store.replay.at) + step * STEP_MS);
  });
  document.addEventListener("keydown", (event) => {
    if (!store.replay || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=range]), textarea, select, dialog")) return;
    if (event.key === "]") jump(1);
    else if (event.key === "[") jump(-1);
    else if (event.key === "p") control({ playing: !store.replay.playing });
  });

  store.subscribe((changes) => {
    if (changes.replay || changes.whole) show();
    const known = store.replay && `${store.replay.from} ${store.replay.indexed}`;
    if (known && state.known !== known) {
      state.known = known;
      loadMarks().catch((error) => app.toast(`No alarms of the recording: ${error.message}`, "error"));
    }
  });
  show();
}
