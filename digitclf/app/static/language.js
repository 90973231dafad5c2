// Texts of the page in the language of the browser, or the one that was chosen.

import { byId } from "./dom.js";
import en from "./texts/en.js";
import ko from "./texts/ko.js";

const TEXTS = { en, ko };
const NAMES = { en: "English", ko: "한국어" };
const STORED = "digitclf-language";

const listeners = [];
let language = initialLanguage();

function initialLanguage() {
  const stored = localStorage.getItem(STORED);
  if (stored in TEXTS) return stored;
  const wanted = navigator.languages.map((name) => name.split("-")[0]);
  return wanted.find((name) => name in TEXTS) ?? "en";
}

// Returns a text. {name} in it is replaced by the value of that name.
export function text(key, values = {}) {
  const found = TEXTS[language][key] ?? en[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const hasText = (key) => key in TEXTS[language];

export const number = (value, digits = 0) =>
  value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

export const percent = (share, digits = 1) => `${number(100 * share, digits)}%`;

// Returns a probability, which is never said to be 100%.
export const probabilityText = (probability) => percent(Math.min(probability, 0.999));

// Calls a function now, and whenever the language changes.
export function withLanguage(listener) {
  listeners.push(listener);
  listener();
}

export function errorText(error) {
  const key = `error_${error.code}`;
  const known = hasText(key) ? text(key) : text("error_other");
  const showsReason = ["unusable_picture", "bad_setting"].includes(error.code);
  return showsReason || !hasText(key) ? `${known} ${error.message}` : known;
}

function apply() {
  document.documentElement.lang = language;
  for (const item of document.querySelectorAll("[data-text]")) {
    item.textContent = text(item.dataset.text);
  }
  for (const item of document.querySelectorAll("[data-label]")) {
    item.setAttribute("aria-label", text(item.dataset.label));
  }
  const other = language === "en" ? "ko" : "en";
  const button = byId("language");
  button.textContent = NAMES[other];
  button.lang = other;
  for (const listener of listeners) listener();
}

export function startLanguage() {
  byId("language").addEventListener("click", () => {
    language = language === "en" ? "ko" : "en";
    localStorage.setItem(STORED, language);
    apply();
  });
  apply();
}
