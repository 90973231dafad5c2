// Tabs: one panel at a time, chosen by click, arrow keys or the address.

import { byId } from "./dom.js";

const NAMES = ["draw", "read", "train"];
const listeners = [];

export const onTab = (listener) => listeners.push(listener);

export function openTab(name) {
  for (const other of NAMES) {
    const isOpen = other === name;
    byId(other).hidden = !isOpen;
    byId(`tab-${other}`).setAttribute("aria-selected", isOpen);
    byId(`tab-${other}`).tabIndex = isOpen ? 0 : -1;
  }
  if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
  for (const listener of listeners) listener(name);
}

const named = () => NAMES.find((name) => location.hash === `#${name}`) ?? NAMES[0];

export function startTabs() {
  NAMES.forEach((name, place) => {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => openTab(name));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = NAMES[(place + step + NAMES.length) % NAMES.length];
      openTab(next);
      byId(`tab-${next}`).focus();
    });
  });
  addEventListener("hashchange", () => openTab(named()));
  openTab(named());
}
