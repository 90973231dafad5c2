// Light and dark: as the system has it, or as chosen.

import { byId } from "./dom.js";
import { text, withLanguage } from "./language.js";

const STORED = "digitclf-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const isDark = () =>
  (localStorage.getItem(STORED) ?? (system.matches ? "dark" : "light")) === "dark";

function apply() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  const button = byId("theme");
  button.textContent = isDark() ? "☀" : "☾";
  button.setAttribute("aria-label", text(isDark() ? "light" : "dark"));
  button.title = text(isDark() ? "light" : "dark");
}

export function startTheme() {
  byId("theme").addEventListener("click", () => {
    localStorage.setItem(STORED, isDark() ? "light" : "dark");
    apply();
  });
  system.addEventListener("change", apply);
  withLanguage(apply);
}
