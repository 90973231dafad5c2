// The image that the network was shown, and how it was made from the drawing.

import { byId, element } from "../dom.js";
import { number, text } from "../language.js";
import { paintInk } from "../pixels.js";

const MARGIN = 1.5; // Around the box of the digit, in percent of the pad.

export function showSeen(answer) {
  const canvas = byId("seen");
  const rows = answer?.image ?? [];
  paintInk(canvas, 28, 28, answer ? rows.flat() : new Uint8Array(784));
  showBox(answer?.steps?.box);
  byId("steps").replaceChildren(
    ...(answer ? steps(answer.steps) : [text("seen_none")]).map((step) =>
      element("li", {}, step),
    ),
  );
}

function steps(made) {
  if (!made) return [text("step_unchanged")];
  const before = number(made.stroke_before, 1);
  const after = number(made.stroke_after, 1);
  return [
    text("step_cut_out"),
    text(strokeStep(made), { before, after }),
    text("step_scaled"),
    text("step_centred"),
  ];
}

function strokeStep({ stroke_before: before, stroke_after: after }) {
  if (after > before) return "step_thickened";
  return after < before ? "step_thinned" : "step_stroke_kept";
}

function showBox(box) {
  const mark = byId("cut-out");
  mark.toggleAttribute("hidden", !box);
  if (!box) return;
  const [left, top, width, height] = box.map((value) => 100 * value);
  mark.setAttribute("x", left - MARGIN);
  mark.setAttribute("y", top - MARGIN);
  mark.setAttribute("width", width + 2 * MARGIN);
  mark.setAttribute("height", height + 2 * MARGIN);
}
