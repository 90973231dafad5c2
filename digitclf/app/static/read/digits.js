// Digits of a page as the tab keeps them, with the corrections of the user.

import { CERTAIN, POSSIBLE } from "../certainty.js";

export class Digit {
  constructor(line, position, { digit, probability, box }) {
    this.line = line;
    this.position = position;
    this.read = digit;
    this.probability = probability;
    this.box = box;
    this.typed = null;
  }

  get isCorrected() {
    return this.typed !== null && this.typed !== this.read;
  }

  get isDoubtful() {
    return this.typed === null && this.probability < CERTAIN;
  }

  // The label, empty if it is too doubtful.
  get label() {
    return this.typed ?? (this.probability < POSSIBLE ? "" : this.read);
  }

  get state() {
    if (this.isCorrected) return "corrected";
    return this.isDoubtful ? "doubtful" : "sure";
  }
}

export const digitsOf = ({ lines }) =>
  lines.flatMap((line, number) =>
    line.map((digit, position) => new Digit(number, position, digit)),
  );

// Returns the labels of each line, with spaces between them if they are words.
export function linesOf(digits) {
  const lines = [];
  for (const { line, label } of digits) (lines[line] ??= []).push(label || "?");
  const space = digits.some(({ label }) => label.length > 1) ? " " : "";
  return lines.map((labels) => labels.join(space));
}
