// The loss per epoch, with the best epoch and the stop.

import { svgElement } from "../dom.js";
import { number, text } from "../language.js";

const LEFT = 52;
const RIGHT = 20;
const TOP = 28;
const BOTTOM = 36;
const N_TICKS = 4;

export function showChart(svg, { history = {}, settings, best_epoch: best, end }) {
  const validation = history.val_loss ?? [];
  const training = history.loss ?? [];
  const { clientWidth: width, clientHeight: height } = svg;
  if (!width) return;
  const epochs = Math.max(settings?.epochs ?? 10, validation.length, 2);
  const top = niceTop(Math.max(0.1, ...validation, ...training));
  const x = (epoch) => LEFT + ((epoch - 1) / (epochs - 1)) * (width - LEFT - RIGHT);
  const y = (loss) => height - BOTTOM - (loss / top) * (height - TOP - BOTTOM);
  const size = { width, height };
  svg.replaceChildren(
    ...axes(x, y, epochs, top, size),
    line(training, x, y, "train"),
    line(validation, x, y, "val"),
    ...validation.map((loss, place) =>
      svgElement("circle", { class: "point", cx: x(place + 1), cy: y(loss), r: 3.5 }),
    ),
    ...(best ? bestMark(x(best), y(validation[best - 1]), best, size) : []),
    ...(end && end !== "epochs" ? stopMark(x(validation.length), size) : []),
  );
  svg.setAttribute("aria-label", label(validation, best));
}

// Returns the end of the axis: 1, 2, 2.5 or 5 times a power of ten.
function niceTop(largest) {
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((end) => end >= largest);
}

function axes(x, y, epochs, top, { width, height }) {
  const parts = [];
  for (let tick = 0; tick <= N_TICKS; tick += 1) {
    const loss = (top * tick) / N_TICKS;
    parts.push(
      svgElement("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(loss), y2: y(loss) }),
      svgElement(
        "text",
        { class: "tick", x: LEFT - 8, y: y(loss) + 4, "text-anchor": "end" },
        number(loss, top < 0.5 ? 3 : 2),
      ),
    );
  }
  const step = Math.ceil(epochs / 10);
  for (let epoch = 1; epoch <= epochs; epoch += step) {
    parts.push(
      svgElement(
        "text",
        { class: "tick", x: x(epoch), y: height - BOTTOM + 18, "text-anchor": "middle" },
        number(epoch),
      ),
    );
  }
  parts.push(
    svgElement(
      "text",
      { class: "tick", x: width - RIGHT, y: height - 2, "text-anchor": "end" },
      text("epoch"),
    ),
  );
  return parts;
}

function line(losses, x, y, name) {
  const points = losses.map((loss, place) => `${x(place + 1)},${y(loss)}`);
  return svgElement("polyline", { class: `line ${name}`, points: points.join(" ") });
}

function bestMark(x, y, epoch, { width, height }) {
  const isLeft = x < width / 2;
  return [
    svgElement("line", { class: "best", x1: x, x2: x, y1: TOP, y2: height - BOTTOM }),
    svgElement("circle", { class: "best", cx: x, cy: y, r: 7 }),
    svgElement(
      "text",
      {
        class: "mark best",
        x: x + (isLeft ? 8 : -8),
        y: TOP - 8,
        "text-anchor": isLeft ? "start" : "end",
      },
      text("best_epoch", { epoch: number(epoch) }),
    ),
  ];
}

function stopMark(x, { width, height }) {
  const isLeft = x < width / 2;
  return [
    svgElement("line", { class: "stop", x1: x, x2: x, y1: TOP, y2: height - BOTTOM }),
    svgElement(
      "text",
      {
        class: "mark",
        x: x + (isLeft ? 8 : -8),
        y: TOP + 14,
        "text-anchor": isLeft ? "start" : "end",
      },
      text("chart_stop"),
    ),
  ];
}

function label(validation, best) {
  const summary = validation.length
    ? text("chart_summary", {
        epoch: number(validation.length),
        loss: number(validation.at(-1), 4),
        best: number(best),
      })
    : text("chart_none");
  return text("chart_label", { summary });
}
