// The tab "Read": a picture, its digits, and their corrections.

import * as api from "../api.js";
import { byId, saveFile } from "../dom.js";
import { number, text, withLanguage } from "../language.js";
import { currentModel } from "../model.js";
import { hideError, showError } from "../notice.js";
import { toCsv } from "./csv.js";
import { digitsOf, linesOf } from "./digits.js";
import { DigitTable } from "./digit_table.js";
import { PageView } from "./page_view.js";

const view = new PageView((digit) => table.focus(digit));
const table = new DigitTable({
  onCorrect: (digit) => {
    view.update(digit);
    showLines();
  },
  onFocus: (digit) => view.mark(digit),
});

let digits = null;
let fileName = "";
let status = "";
let newest = 0;

async function readPicture(file) {
  const started = (newest += 1);
  hideError();
  digits = null;
  fileName = file.name ?? "";
  status = "reading";
  showStatus();
  try {
    if (file.size > api.LARGEST_PICTURE) throw new api.ApiError("too_large", "");
    const hasPreview = await view.show(file);
    if (started !== newest) return;
    showDigits();
    const answer = await api.read(file);
    if (started !== newest) return;
    digits = digitsOf(answer);
    status = hasPreview ? "done" : "no_preview";
    view.showBoxes(digits, answer);
  } catch (error) {
    if (started !== newest) return;
    status = "";
    showError(error);
  }
  showDigits();
}

function showDigits() {
  table.show(digits ?? [], view.image, currentModel()?.labels ?? []);
  showLines();
  showStatus();
  byId("csv").disabled = !digits?.length;
}

function showLines() {
  byId("lines").textContent = digits ? linesOf(digits).join("\n") : "";
  if (digits) showStatus();
}

function showStatus() {
  byId("read-status").textContent = statusText();
  byId("read-status").classList.toggle("busy", status === "reading");
  byId("page").setAttribute("aria-busy", status === "reading");
}

function statusText() {
  if (status === "reading") return text("reading");
  if (!digits) return "";
  if (!digits.length) return text("read_none");
  const found = text("read_done", {
    digits: number(digits.length),
    lines: number(new Set(digits.map(({ line }) => line)).size),
    doubtful: number(digits.filter((digit) => digit.isDoubtful).length),
  });
  return status === "no_preview" ? `${found} ${text("no_preview")}` : found;
}

async function readExample() {
  try {
    const page = await api.examplePage();
    await readPicture(new File([page], "example.png", { type: page.type }));
  } catch (error) {
    showError(error);
  }
}

function listenToFiles() {
  for (const [button, input] of [["choose", "file"], ["photo", "camera"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", ({ target }) => {
      if (target.files.length) readPicture(target.files[0]);
      target.value = "";
    });
  }
  const drop = byId("drop");
  addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.toggle("over", !byId("read").hidden);
  });
  addEventListener("dragleave", () => drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file && !byId("read").hidden) readPicture(file);
  });
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (file && !byId("read").hidden) readPicture(file);
  });
}

export function startRead() {
  listenToFiles();
  byId("example-page").addEventListener("click", readExample);
  byId("csv").addEventListener("click", () => {
    const stem = fileName.replace(/\.[^.]*$/, "") || "digits";
    saveFile(`${stem}.csv`, toCsv(digits, fileName), "text/csv");
  });
  withLanguage(() => {
    showStatus();
    table.translate();
    view.translate();
  });
}
