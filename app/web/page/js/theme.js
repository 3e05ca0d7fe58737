// Dark or light: as the system says, unless somebody chose. The choice stays with this browser.

import { icon } from "./glyphs.js";

const KEY = "hotzone.theme";
const ORDER = ["auto", "light", "dark"];
const ICON = { auto: "auto", light: "sun", dark: "moon" };
const system = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => (ORDER.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "auto");

export function apply() {
  const choice = chosen();
  document.documentElement.dataset.theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  dispatchEvent(new CustomEvent("themechange"));
}

export function themeButton(button) {
  const show = () => {
    button.replaceChildren(icon(ICON[chosen()]));
    button.setAttribute("aria-label", `Theme: ${chosen()}. Press for the next`);
    button.title = `Theme: ${chosen()}`;
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length]);
    apply();
    show();
  });
  show();
}

// A token of the stylesheet as it is now, for what is drawn on a canvas.
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

system.addEventListener("change", apply);
apply();
