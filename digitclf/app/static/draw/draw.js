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
let isAsking = false;
let isStale = false;

// Asks the network about the drawing. While an answer is awaited, only the newest
// drawing is kept.
async function ask() {
  isStale = true;
  byId("answer").setAttribute("aria-busy", "true");
  if (isAsking) return;
  isAsking = true;
  try {
    while (isStale) {
      isStale = false;
      await askOnce();
    }
  } catch (error) {
    showError(error);
  } finally {
    isAsking = false;
    byId("answer").setAttribute("aria-busy", "false");
  }
}

async function askOnce() {
  if (pad.drawing.isEmpty) {
    answer = null;
  } else {
    const picture = await pad.drawing.toPicture(SIDE);
    answer = await api.predict(picture, {
      ink: "dark",
      min_probability: 0,
      feature_maps: byId("inside").open ? 1 : 0,
    });
    hideError();
  }
  show();
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
  pad = new Pad(() => {
    showExampleText();
    ask();
  });
  makeBars([..."0123456789"].map((digit) => ({ digit })));
  byId("undo").addEventListener("click", () => pad.undo());
  byId("clear").addEventListener("click", () => pad.clear());
  byId("example").addEventListener("click", putExample);
  byId("inside").addEventListener("toggle", ask);
  addEventListener("keydown", (event) => {
    const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey);
    if (isUndo && !byId("draw").hidden && !event.target.matches("input")) {
      event.preventDefault();
      pad.undo();
    }
  });
  onModel((model) => {
    makeBars(model.labels.map((digit) => ({ digit })));
    ask();
  });
  withLanguage(() => {
    show();
    showExampleText();
  });
}
