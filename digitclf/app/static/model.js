// The model in use, and the choice between the loaded and the trained one.

import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { text, withLanguage } from "./language.js";
import { showError } from "./notice.js";

const listeners = [];
let current = null;

// Calls a function whenever another model is in use.
export const onModel = (listener) => listeners.push(listener);

export const currentModel = () => current;

// Asks the server which model is in use.
export const refreshModel = () => take(api.model());

// Asks the server to use the model that was loaded, or the one that was trained.
export const useModel = (which) => take(api.chooseModel(which));

async function take(answer) {
  try {
    const model = await answer;
    const isOther = model.number !== current?.number;
    current = model;
    showChoices();
    if (isOther) listeners.forEach((listener) => listener(model));
  } catch (error) {
    showError(error);
  }
}

function showChoices() {
  if (!current) return;
  const select = byId("model");
  const choices = [element("option", { value: "loaded" }, nameOfLoaded())];
  if (current.trained !== null) {
    choices.push(element("option", { value: "trained" }, text("trained_model")));
  }
  select.replaceChildren(...choices);
  select.value = current.origin === "trained" ? "trained" : "loaded";
  select.disabled = choices.length === 1;
}

function nameOfLoaded() {
  if (current.loaded === null) return text("pretrained_model");
  return current.loaded || text("loaded_model");
}

export function startModel() {
  byId("model").addEventListener("change", ({ target }) => useModel(target.value));
  withLanguage(showChoices);
  refreshModel();
}
