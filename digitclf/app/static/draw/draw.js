// The tab "Draw": from the strokes to the answer of the network.

import * as api from "../api.js";
import { byId } from "../dom.js";
import { text, withLanguage } from "../language.js";
import { currentModel, onModel, refreshModel } from "../model.js";
import { hideError, showError } from "../notice.js";
import { makeBars, showAnswer } from "./answer.js";
import { showLayers } from "./layers.js";
import { Pad } from "./pad.js";
import { showSeen } from "./seen.js";

const SIDE = 336; // Pixels of the picture that is sent.
const DIGITS = [..."0123456789"];
const LISTED = 12; // Classes named on the empty pad.

let pad;
let answer = null;
let shownExample = null;
let newest = 0; // Number of the latest request.
let shown = 0; // Number of the request whose answer is shown.
let pending = 0;
let isStale = false;
let isFetching = false;

// Asks the network about the drawing. Within a stroke, only one answer is awaited at a
// time; the end of a stroke does not wait for it.
async function ask(isComplete) {
  isStale = pending > 0 && !isComplete;
  if (isStale) return;
  pending += 1;
  newest += 1;
  const number = newest;
  byId("answer").setAttribute("aria-busy", "true");
  let news = null;
  let problem = null;
  try {
    news = await askOnce();
  } catch (error) {
    problem = error;
  }
  if (number > shown) {
    shown = number;
    answer = news;
    if (problem) showError(problem);
    else hideError();
    show();
  }
  pending -= 1;
  byId("answer").setAttribute("aria-busy", String(pending > 0));
  if (isStale && !pending) ask(true);
}

async function askOnce() {
  if (pad.drawing.isEmpty) return null;
  const picture = await pad.drawing.toPicture(SIDE);
  return api.predict(picture, {
    ink: "dark",
    min_probability: 0,
    feature_maps: byId("inside").open ? 1 : 0,
  });
}

function show() {
  showAnswer(answer);
  showSeen(answer);
  if (byId("inside").open) showLayers(answer).catch(showError);
  // Another window has trained or chosen a model.
  if (answer && currentModel() && answer.model !== currentModel().number) refreshModel();
}

function showHint() {
  const labels = currentModel()?.labels ?? DIGITS;
  byId("pad-hint").textContent =
    labels.join() === DIGITS.join()
      ? text("pad_hint")
      : text("pad_hint_other", { labels: shortList(labels) });
}

const shortList = (labels) =>
  labels.length > LISTED
    ? `${labels.slice(0, LISTED - 1).join(", ")}, …, ${labels.at(-1)}`
    : labels.join(", ");

// The button stays enabled meanwhile: a disabled one would lose the focus.
async function putExample() {
  if (isFetching) return;
  isFetching = true;
  try {
    shownExample = await api.example();
    pad.put(shownExample.image);
    hideError();
  } catch (error) {
    showError(error);
  }
  isFetching = false;
  showExampleText();
}

function showExampleText() {
  byId("example-text").textContent =
    shownExample && pad.drawing.image ? text("example_text", shownExample) : "";
}

export function startDraw() {
  pad = new Pad((isComplete) => {
    showExampleText();
    ask(isComplete);
  });
  makeBars(DIGITS.map((digit) => ({ digit })));
  for (const [name, change] of [["undo", () => pad.undo()], ["clear", () => pad.clear()]]) {
    byId(name).addEventListener("click", () => {
      change();
      // The button, which is disabled on an empty pad, loses the focus.
      if (pad.drawing.isEmpty) pad.canvas.focus();
    });
  }
  byId("example").addEventListener("click", putExample);
  byId("inside").addEventListener("toggle", () => ask(true));
  addEventListener("keydown", (event) => {
    const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey);
    if (isUndo && !byId("draw").hidden && !event.target.matches("input")) {
      event.preventDefault();
      pad.undo();
    }
  });
  onModel((model) => {
    makeBars(model.labels.map((digit) => ({ digit })));
    showHint();
    ask(true);
  });
  withLanguage(() => {
    showHint();
    show();
    showExampleText();
  });
}
