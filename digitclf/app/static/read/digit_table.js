// The table of digits, in which they can be corrected.

import { byId, element } from "../dom.js";
import { probabilityText, text } from "../language.js";

const THUMBNAIL = 36;
const MARGIN = 0.15; // Around a digit, relative to its longer side.

export class DigitTable {
  // `onCorrect` and `onFocus` are called with a digit.
  constructor({ onCorrect, onFocus }) {
    this.onCorrect = onCorrect;
    this.onFocus = onFocus;
    this.rows = new Map();
  }

  // Shows digits of a page, with the part of its image that they are in. Labels of the
  // model are the longest that can be typed.
  show(digits, image, labels) {
    this.length = Math.max(1, ...labels.map((label) => label.length));
    this.areNumbers = labels.every((label) => /^\d+$/.test(label));
    this.rows = new Map(digits.map((digit) => [digit, this.row(digit, image)]));
    byId("digits").replaceChildren(...[...this.rows.values()].map(({ row }) => row));
    this.translate();
  }

  row(digit, image) {
    const input = element("input", {
      type: "text",
      value: digit.label,
      placeholder: "?",
      maxLength: this.length,
      inputMode: this.areNumbers ? "numeric" : "text",
      autocomplete: "off",
    });
    input.style.width = `max(2.75rem, ${this.length + 2}ch)`;
    const note = element("span", { class: "note" });
    const probability = element("td", {}, "");
    input.addEventListener("input", () => {
      digit.typed = input.value.trim();
      this.showState(digit);
      this.onCorrect(digit);
    });
    input.addEventListener("focus", () => {
      input.select();
      this.onFocus(digit);
    });
    input.addEventListener("keydown", (event) => this.moveFocus(event, digit));
    const row = element(
      "tr",
      {},
      element("td", {}, thumbnail(digit.box, image)),
      element("td", {}, `${digit.line + 1}, ${digit.position + 1}`),
      element("td", {}, input, note),
      probability,
    );
    return { row, input, note, probability };
  }

  showState(digit) {
    const { row, note } = this.rows.get(digit);
    row.className = digit.state;
    note.textContent = digit.state === "sure" ? "" : text(digit.state);
  }

  // Enter and the arrow keys move to the next and to the previous digit.
  moveFocus(event, digit) {
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.rows.keys()];
    this.focus(all[all.indexOf(digit) + step]);
  }

  focus(digit) {
    const found = this.rows.get(digit);
    found?.input.focus();
    found?.row.scrollIntoView({ block: "nearest" });
  }

  translate() {
    for (const [digit, { input, probability }] of this.rows) {
      input.setAttribute(
        "aria-label",
        text("input_label", { line: digit.line + 1, place: digit.position + 1 }),
      );
      probability.textContent = probabilityText(digit.probability);
      this.showState(digit);
    }
  }
}

// Returns the part of the page that a digit is in.
function thumbnail([left, top, width, height], image) {
  const canvas = element("canvas", { width: THUMBNAIL, height: THUMBNAIL, class: "thumbnail" });
  if (!image) return canvas;
  const side = Math.max(width, height) * (1 + 2 * MARGIN);
  const x = left + width / 2 - side / 2;
  const y = top + height / 2 - side / 2;
  canvas.getContext("2d").drawImage(image, x, y, side, side, 0, 0, THUMBNAIL, THUMBNAIL);
  return canvas;
}
