// The model in use, and the choice between the loaded and the trained one.

import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { text, withLanguage } from "./language.js";
import { showError } from "./notice.js";

const listeners = [];
let current = null;
let loadedName = "";

// Calls a function whenever another model is in use.
export const onModel = (listener) => listeners.push(listener);

export const currentModel = () => current;

// Asks the server which model is in use.
export async function refreshModel() {
  await take(api.model());
}

async function take(answer) {
  try {
    const model = await answer;
    const isOther = model.number !== current?.number;
    current = model;
    if (model.origin === "file") loadedName = model.name;
    showChoices();
    if (isOther) listeners.forEach((listener) => listener(model));
  } catch (error) {
    showError(error);
  }
}

function showChoices() {
  if (!current) return;
  const select = byId("model");
  const loaded = loadedName || text("pretrained_model");
  const choices = [element("option", { value: "loaded" }, loaded)];
  if (current.trained !== null) {
    choices.push(element("option", { value: "trained" }, text("trained_model")));
  }
  select.replaceChildren(...choices);
  select.value = current.origin === "trained" ? "trained" : "loaded";
  select.disabled = choices.length === 1;
}

export function startModel() {
  byId("model").addEventListener("change", (event) =>
    take(api.chooseModel(event.target.value)),
  );
  withLanguage(showChoices);
  refreshModel();
}
