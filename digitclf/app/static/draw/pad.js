// The pad: mouse, pen, touch and keys draw on it.

import { byId } from "../dom.js";
import { Drawing } from "./strokes.js";

const FULL_WIDTH = 448; // The widths of the pen are for a pad of this side.
const STEP = 0.035;
const SMALL_STEP = 0.01;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Pad {
  // `onChange` is called with true when a stroke or another change is complete.
  constructor(onChange) {
    this.drawing = new Drawing();
    this.canvas = byId("canvas");
    this.context = this.canvas.getContext("2d");
    this.onChange = onChange;
    this.pointer = null;
    this.cursor = { x: 0.5, y: 0.2, isDown: false };
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, (event) => this.release(event));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.showCursor());
    canvas.addEventListener("blur", () => this.lift());
  }

  resize() {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (!side) return;
    this.canvas.width = side;
    this.canvas.height = side;
    this.render();
  }

  render() {
    const { width } = this.canvas;
    this.context.clearRect(0, 0, width, width);
    this.drawing.render(this.context, width);
    const { isEmpty } = this.drawing;
    byId("pad-hint").hidden = !isEmpty;
    byId("undo").disabled = byId("clear").disabled = isEmpty;
  }

  changed(isComplete) {
    this.render();
    this.onChange(isComplete);
  }

  // Returns where an event is, and how wide the pen is there.
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const width = Number(byId("pen").value) / FULL_WIDTH;
    const pressed = event.pointerType === "pen" && event.pressure > 0;
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
      width: width * (pressed ? 0.4 + 1.2 * event.pressure : 1),
    };
  }

  press(event) {
    if (event.button !== 0 || this.pointer !== null) return;
    this.lift();
    byId("cursor").hidden = true;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing.begin(this.point(event));
    this.changed(false);
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) {
      this.drawing.extend(this.point(part));
    }
    this.changed(false);
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.changed(true);
  }

  // Keys: arrows move the pen, the space bar sets it down and lifts it.
  key(event) {
    const arrow = ARROWS[event.key];
    if (arrow && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const step = event.shiftKey ? SMALL_STEP : STEP;
      this.cursor.x = within(this.cursor.x + arrow[0] * step);
      this.cursor.y = within(this.cursor.y + arrow[1] * step);
      if (this.cursor.isDown) this.drawing.extend(this.cursorPoint());
    } else if (event.key === " ") {
      if (this.cursor.isDown) {
        this.lift();
      } else {
        this.cursor.isDown = true;
        this.drawing.begin(this.cursorPoint());
      }
    } else if (event.key === "Delete") {
      this.clear();
    } else if (event.key === "Backspace") {
      this.undo();
    } else {
      return;
    }
    event.preventDefault();
    this.showCursor(true);
    if (this.cursor.isDown) this.changed(false);
  }

  cursorPoint() {
    const width = Number(byId("pen").value) / FULL_WIDTH;
    return { x: this.cursor.x, y: this.cursor.y, width };
  }

  lift() {
    if (this.cursor.isDown) {
      this.cursor.isDown = false;
      this.changed(true);
    }
    byId("cursor").classList.remove("down");
  }

  // The cursor of the keys is visible once a key was used, or the pad was reached by one.
  showCursor(byKey = this.canvas.matches(":focus-visible")) {
    const cursor = byId("cursor");
    cursor.hidden = !byKey;
    cursor.style.left = `${100 * this.cursor.x}%`;
    cursor.style.top = `${100 * this.cursor.y}%`;
    cursor.classList.toggle("down", this.cursor.isDown);
  }

  undo() {
    this.endStroke();
    this.drawing.undo();
    this.changed(true);
  }

  clear() {
    this.endStroke();
    this.drawing.clear();
    this.changed(true);
  }

  put(rows) {
    this.endStroke();
    this.drawing.put(rows);
    this.changed(true);
  }

  // Ends a stroke that is being drawn: the drawing changes below the pen.
  endStroke() {
    this.pointer = null;
    this.cursor.isDown = false;
    byId("cursor").classList.remove("down");
  }
}

const within = (value) => Math.min(0.98, Math.max(0.02, value));
