// The picture of a page with the boxes of its digits.

import { byId, element } from "../dom.js";
import { text } from "../language.js";

export class PageView {
  // `onChoose` is called with the digit whose box was clicked.
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.boxes = new Map();
    this.marked = null;
    this.image = null;
    this.address = null;
  }

  // Shows a file; returns whether the browser can.
  async show(file) {
    this.boxes.clear();
    this.marked = null;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = URL.createObjectURL(file);
    this.image = null;
    const image = element("img", { src: this.address, alt: file.name ?? "" });
    byId("page").replaceChildren(image);
    byId("page").hidden = false;
    byId("drop").classList.add("filled");
    try {
      await image.decode();
    } catch {
      image.remove();
      return false;
    }
    // Another file may be shown by now.
    if (image.isConnected) this.image = image;
    return true;
  }

  showBoxes(digits, { width, height }) {
    const page = byId("page");
    page.style.aspectRatio = `${width} / ${height}`;
    page.classList.toggle("blank", this.image === null);
    for (const digit of digits) {
      const [left, top, boxWidth, boxHeight] = digit.box;
      const box = element("button", { type: "button", tabIndex: -1 });
      box.style.left = `${(100 * left) / width}%`;
      box.style.top = `${(100 * top) / height}%`;
      box.style.width = `${(100 * boxWidth) / width}%`;
      box.style.height = `${(100 * boxHeight) / height}%`;
      box.append(element("span", { class: "box-label" }));
      box.addEventListener("click", () => this.onChoose(digit));
      this.boxes.set(digit, box);
      this.update(digit);
      page.append(box);
    }
  }

  // Shows the label and the state of a digit.
  update(digit) {
    const box = this.boxes.get(digit);
    box.className = `box ${digit.state}`;
    box.classList.toggle("marked", digit === this.marked);
    box.firstChild.textContent = digit.label || "?";
    box.setAttribute(
      "aria-label",
      text("box_label", {
        line: digit.line + 1,
        place: digit.position + 1,
        digit: digit.label || "?",
      }),
    );
  }

  // Marks the box of a digit.
  mark(digit) {
    this.marked = digit;
    for (const [other, box] of this.boxes) box.classList.toggle("marked", other === digit);
  }

  translate() {
    for (const digit of this.boxes.keys()) this.update(digit);
  }
}
