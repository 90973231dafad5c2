// The tab "Train": settings, progress, and the network as it changes.

import * as api from "../api.js";
import { byId, element } from "../dom.js";
import { number, percent, text, withLanguage } from "../language.js";
import { onModel, refreshModel, useModel } from "../model.js";
import { hideError, showError } from "../notice.js";
import { onTab, openTab } from "../tabs.js";
import { showChart } from "./chart.js";
import { showErrors, showFilters } from "./galleries.js";

const INTERVAL = 300; // Milliseconds between two questions about the progress.
const INTERVAL_AFTER_ERROR = 2000;
const RUNNING = ["loading", "training", "testing"];
const DROPOUT = { mlp: "0", cnn: "0.25" }; // The lecture's.

let progress = { state: "idle", revision: null };
let isStarting = false;
let isFollowing = false;
let isUnanswered = false;

const isRunning = () => RUNNING.includes(progress.state);

async function start(event) {
  event.preventDefault();
  hideError();
  const form = byId("settings");
  const wrong = [...form.elements].find(isWrong);
  if (wrong) {
    const name = wrong.closest("label").querySelector("span").textContent;
    const isWhole = wrong.name !== "dropout";
    byId("train-status").textContent = text(isWhole ? "bad_integer" : "bad_number", {
      name,
      min: wrong.min,
      max: number(Number(wrong.max), isWhole ? 0 : 1),
    });
    wrong.focus();
    return;
  }
  if (isStarting) return;
  isStarting = true;
  const values = new FormData(form);
  const names = ["n_images", "epochs", "dropout", "patience"];
  const settings = Object.fromEntries(names.map((name) => [name, Number(values.get(name))]));
  try {
    take(await api.startTraining({ network: values.get("network"), ...settings }));
  } catch (error) {
    showError(error);
  }
  isStarting = false;
  // Also if another window has started a training.
  follow();
}

// The steps of the fields are those of their arrows: other numbers may be typed.
function isWrong({ name, value, validity }) {
  const { badInput, valueMissing, rangeUnderflow, rangeOverflow } = validity;
  if (badInput || valueMissing || rangeUnderflow || rangeOverflow) return true;
  return validity.stepMismatch && name !== "dropout" && !Number.isInteger(Number(value));
}

async function stop() {
  try {
    take(await api.stopTraining());
  } catch (error) {
    showError(error);
  }
}

// Asks for the progress until the training ends.
async function follow() {
  if (isFollowing) return;
  isFollowing = true;
  do {
    const interval = (await askOnce()) ? INTERVAL : INTERVAL_AFTER_ERROR;
    if (isRunning()) await new Promise((resolve) => setTimeout(resolve, interval));
  } while (isRunning());
  isFollowing = false;
}

// Asks for the progress; returns whether the server has answered.
async function askOnce() {
  try {
    const news = await api.training(progress.revision);
    if (news) take(news);
    if (isUnanswered) hideError();
    isUnanswered = false;
  } catch (error) {
    showError(error);
    isUnanswered = true;
  }
  return !isUnanswered;
}

function take(news) {
  const hasEnded = isRunning() && !RUNNING.includes(news.state);
  const before = progress;
  progress = news;
  const isOther = isRunning() && !RUNNING.includes(before.state);
  if (isOther || before.revision === null) fillForm(progress.settings);
  show(before);
  if (hasEnded) refreshModel();
}

function show(before = {}) {
  const hadFocus = document.activeElement === byId("start");
  byId("start").disabled = isRunning();
  byId("stop").disabled = !isRunning() || Boolean(progress.stopping);
  if (hadFocus && isRunning()) byId("stop").focus();
  for (const field of byId("settings").querySelectorAll("input")) {
    field.disabled = isRunning();
  }
  showStatus();
  const epochs = progress.settings?.epochs ?? 10;
  const done = (progress.epoch ?? 1) - 1 + (progress.fraction ?? 0);
  const bar = byId("progress");
  if (["loading", "testing"].includes(progress.state) || isCompiling()) {
    bar.removeAttribute("value");
  } else {
    bar.value = progress.state === "finished" ? 1 : done / epochs;
  }
  if (progress.history !== before.history || progress.end !== before.end || !before.state) {
    showChart(byId("chart"), progress);
    showFigures();
    showNumbers();
    showFilters(progress);
    showErrors(progress);
  }
  if (progress.test_accuracy !== before.test_accuracy) showFigures();
}

// Shows the settings of a training that another window, or the page before, has started.
function fillForm(settings = {}) {
  const { elements } = byId("settings");
  for (const [name, value] of Object.entries(settings)) elements[name].value = value;
}

const isCompiling = () =>
  progress.state === "training" && progress.epoch === 1 && !progress.fraction;

function showStatus() {
  const status = byId("train-status");
  const words = statusText();
  if (status.textContent !== words) status.textContent = words;
  status.parentElement.classList.toggle("busy", isRunning());
  // Not a part of the status, which screen readers read aloud whenever it changes.
  const { state, fraction } = progress;
  byId("train-share").textContent = state === "training" && fraction ? percent(fraction, 0) : "";
}

function statusText() {
  const { state, settings } = progress;
  if (progress.stopping && isRunning() && state !== "testing") {
    return text("state_stopping");
  }
  if (isCompiling()) return text("state_compiling");
  return text(`state_${state}`, {
    epoch: progress.epoch,
    epochs: settings?.epochs,
    seconds: progress.seconds && number(progress.seconds, 1),
    reason: progress.end && text(`end_${progress.end}`, settings),
    error: progress.error && text(`failure_${progress.error}`),
  });
}

function showFigures() {
  const accuracy = progress.history?.val_accuracy?.[progress.best_epoch - 1];
  const figures = [
    ["figure_epoch", progress.best_epoch ? number(progress.best_epoch) : "–"],
    ["figure_val_accuracy", accuracy === undefined ? "–" : percent(accuracy, 2)],
    [
      "figure_test_accuracy",
      progress.test_accuracy === undefined ? "–" : percent(progress.test_accuracy, 2),
    ],
  ];
  byId("figures").replaceChildren(
    ...figures.map(([name, value]) =>
      element("div", {}, element("dt", {}, text(name)), element("dd", {}, value)),
    ),
  );
}

function showNumbers() {
  const history = progress.history ?? {};
  const rows = (history.val_loss ?? []).map((loss, place) =>
    element(
      "tr",
      { class: place + 1 === progress.best_epoch ? "best" : "" },
      element("td", {}, number(place + 1)),
      element("td", {}, number(history.loss[place], 4)),
      element("td", {}, number(loss, 4)),
      element("td", {}, number(history.val_accuracy[place], 4)),
    ),
  );
  byId("numbers").replaceChildren(...rows);
}

function showModel(model) {
  const hasTrained = model.trained !== null;
  byId("draw-with-it").disabled = !hasTrained;
  const save = byId("save");
  save.classList.toggle("disabled", !hasTrained);
  save.setAttribute("aria-disabled", String(!hasTrained));
  if (hasTrained) save.href = "/api/model/file";
}

async function drawWithIt() {
  await useModel("trained");
  openTab("draw");
}

export function startTrain() {
  const form = byId("settings");
  form.addEventListener("submit", start);
  for (const choice of form.elements.network) {
    choice.addEventListener("change", () => {
      form.elements.dropout.value = DROPOUT[form.elements.network.value];
    });
  }
  byId("stop").addEventListener("click", stop);
  byId("draw-with-it").addEventListener("click", drawWithIt);
  onModel(showModel);
  onTab((name) => name === "train" && follow());
  new ResizeObserver(() => showChart(byId("chart"), progress)).observe(byId("chart"));
  withLanguage(() => show());
}
