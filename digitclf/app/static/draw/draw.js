// The tab "Draw": from the strokes to the answer of the network.

import * as api from "../api.js";
import { byId } from "../dom.js";
import { text, withLanguage } from "../language.js";
import { onModel } from "../model.js";
import { hideError, showError } from "../notice.js";
import { makeBars, showAnswer } from "./answer.js";
import { showLayers } from "./layers.js";
import { Pad } from "./pad.js";
import { showSeen } from "./seen.js";

const SIDE = 336; // Pixels of the picture that is sent.

let pad;
let answer = null;
let shownExample = null;
let newest = 0; // Number of the latest request.
let shown = 0; // Number of the request whose answer is shown.
let pending = 0;
let isStale = false;

// Asks the network about the drawing. Within a stroke, only one answer is awaited at a
// time; the end of a stroke does not wait for it.
async function ask(isComplete) {
  isStale = pending > 0 && !isComplete;
  if (isStale) return;
  pending += 1;
  newest += 1;
  const number = newest;
  byId("answer").setAttribute("aria-busy", "true");
  try {
    const news = await askOnce();
    if (number > shown) {
      shown = number;
      answer = news;
      show();
    }
  } catch (error) {
    showError(error);
  }
  pending -= 1;
  byId("answer").setAttribute("aria-busy", String(pending > 0));
  if (isStale && !pending) ask(true);
}

async function askOnce() {
  if (pad.drawing.isEmpty) return null;
  const picture = await pad.drawing.toPicture(SIDE);
  const news = await api.predict(picture, {
    ink: "dark",
    min_probability: 0,
    feature_maps: byId("inside").open ? 1 : 0,
  });
  hideError();
  return news;
}

function show() {
  showAnswer(answer);
  showSeen(answer);
  byId("undo").disabled = byId("clear").disabled = pad.drawing.isEmpty;
  if (byId("inside").open) showLayers(answer).catch(showError);
}

async function putExample() {
  const button = byId("example");
  button.disabled = true;
  try {
    shownExample = await api.example();
    pad.put(shownExample.image);
    hideError();
  } catch (error) {
    showError(error);
  }
  button.disabled = false;
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
  makeBars([..."0123456789"].map((digit) => ({ digit })));
  byId("undo").addEventListener("click", () => pad.undo());
  byId("clear").addEventListener("click", () => pad.clear());
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
    ask(true);
  });
  withLanguage(() => {
    show();
    showExampleText();
  });
}
