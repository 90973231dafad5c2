// Feature maps of each layer, and a lens that shows one of them with its kernels.

import * as api from "../api.js";
import { byId, element } from "../dom.js";
import { number, text } from "../language.js";
import { floats, paintInk, paintWeights, splitImages } from "../pixels.js";

const NUMBERED_KERNEL = 25; // Kernels of up to this many weights show their numbers.
const STRONG = 0.7; // Weights above this share of the largest are on a dark colour.

let rows = [];
let chosen = null;
let loadedKernels = { model: null, kernels: {} };
let newest = 0; // Number of the latest answer that was to be shown.

// Shows the feature maps of an answer, or none.
export async function showLayers(answer) {
  const maps = answer?.feature_maps ?? [];
  newest += 1;
  const number = newest;
  if (answer && loadedKernels.model !== answer.model) {
    const loaded = await load();
    // An answer that came later may have its kernels already.
    if (number !== newest) return;
    loadedKernels = loaded;
  }
  if (!sameLayers(maps)) makeRows(maps);
  maps.forEach((layer, place) => fill(rows[place], layer));
  if (!maps.length) {
    const reason = answer ? "inside_dense" : "inside_none";
    byId("layers").replaceChildren(element("p", { class: "muted" }, text(reason)));
  }
  showLens();
}

async function load() {
  const { model, kernels } = await api.kernels();
  for (const kernel of Object.values(kernels)) kernel.weights = floats(kernel.values);
  return { model, kernels };
}

const sameLayers = (maps) =>
  rows.length === maps.length &&
  maps.every(
    ({ layer, shape }, place) =>
      rows[place].layer === layer && rows[place].canvases.length === shape[0],
  );

function makeRows(maps) {
  chosen = null;
  rows = maps.map(({ layer, shape }) => {
    const canvases = Array.from({ length: shape[0] }, () =>
      element("canvas", { class: "pixels" }),
    );
    return { layer, canvases, title: element("h3"), maps: [] };
  });
  byId("layers").replaceChildren(...rows.map((row, place) => section(row, place)));
}

function section(row, place) {
  const buttons = row.canvases.map((canvas, map) => {
    const button = element("button", { type: "button", class: "map" }, canvas);
    button.tabIndex = map ? -1 : 0;
    const look = () => {
      chosen = { place, map };
      showLens();
    };
    // Not when the page scrolls below a pointer that rests.
    button.addEventListener("pointermove", (event) => {
      const isOther = chosen?.place !== place || chosen?.map !== map;
      if (isOther && (event.movementX || event.movementY)) look();
    });
    button.addEventListener("focus", look);
    button.addEventListener("click", look);
    return button;
  });
  const grid = element("div", { class: "maps", role: "group" }, ...buttons);
  grid.addEventListener("keydown", (event) => moveFocus(event, buttons));
  return element("section", {}, row.title, grid);
}

// One map of each layer is reached by the tab key, the others by arrow keys.
function moveFocus(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step) return;
  event.preventDefault();
  const place = buttons.indexOf(document.activeElement) + step;
  const next = Math.min(buttons.length - 1, Math.max(0, place));
  buttons.forEach((button, other) => {
    button.tabIndex = other === next ? 0 : -1;
  });
  buttons[next].focus();
}

function fill(row, layer) {
  const [, height, width] = layer.shape;
  row.shape = layer.shape;
  row.high = layer.high;
  row.maps = splitImages(layer);
  row.maps.forEach((levels, map) => {
    paintInk(row.canvases[map], height, width, levels);
    row.canvases[map].parentElement.setAttribute("aria-label", mapName(row, map));
  });
  row.title.textContent = text("layer_title", {
    layer: layerName(row.layer),
    maps: number(layer.shape[0]),
    height,
    width,
  });
}

// Returns "Convolution 1-2" for convolution_1_2.
function layerName(layer) {
  const [kind, ...numbers] = layer.split("_");
  return `${text(kind)} ${numbers.join("-")}`.trim();
}

const mapName = (row, map) =>
  text("map_name", { map: map + 1, layer: layerName(row.layer) });

function showLens() {
  const lens = byId("lens");
  const row = chosen && rows[chosen.place];
  for (const [place, other] of rows.entries()) {
    other.canvases.forEach((canvas, map) =>
      canvas.parentElement.classList.toggle(
        "chosen",
        place === chosen?.place && map === chosen?.map,
      ),
    );
  }
  if (!row?.maps.length) {
    lens.replaceChildren(element("p", { class: "muted" }, text("lens_none")));
    return;
  }
  const { map } = chosen;
  const [, height, width] = row.shape;
  const large = element("canvas", { class: "pixels large" });
  paintInk(large, height, width, row.maps[map]);
  const largest = Math.max(...row.maps[map]) / 255;
  lens.replaceChildren(
    element("h3", {}, mapName(row, map)),
    large,
    element(
      "p",
      { class: "small muted" },
      text("map_size", { height, width, largest: number(largest * row.high, 2) }),
    ),
    ...kernelParts(row, map),
  );
}

function kernelParts(row, map) {
  const kernel = loadedKernels.kernels[row.layer];
  if (!kernel) return [element("p", { class: "small" }, text("pooling_text"))];
  const [height, width, channels, filters] = kernel.shape;
  const size = height * width;
  const slices = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(
      { length: size },
      (_, place) => kernel.weights[(place * channels + channel) * filters + map],
    ),
  );
  const largest = Math.max(...slices.flatMap((slice) => [...slice].map(Math.abs)));
  if (channels === 1 && size <= NUMBERED_KERNEL) {
    return [
      element("h4", {}, text("kernel_one", { height, width })),
      numberedKernel(slices[0], height, width, largest),
      weightsLegend(),
    ];
  }
  const canvases = slices.map((slice) => {
    const canvas = element("canvas", { class: "pixels weights" });
    paintWeights(canvas, height, width, slice, largest);
    return canvas;
  });
  return [
    element("h4", {}, text("kernel_many", { height, width, channels })),
    element("div", { class: "kernels" }, ...canvases),
    weightsLegend(),
  ];
}

function numberedKernel(weights, height, width, largest) {
  const canvas = element("canvas", { class: "pixels weights" });
  paintWeights(canvas, height, width, weights, largest);
  const numbers = [...weights].map((weight) => {
    const isStrong = Math.abs(weight) > STRONG * largest;
    return element("span", { class: isStrong ? "strong" : "" }, number(weight, 2));
  });
  const grid = element("div", { class: "weights-grid" }, ...numbers);
  grid.style.gridTemplateColumns = `repeat(${width}, 1fr)`;
  return element("div", { class: "kernel" }, canvas, grid);
}

const weightsLegend = () =>
  element(
    "p",
    { class: "small legend" },
    element("span", {}, element("span", { class: "sample positive" }), text("positive")),
    element("span", {}, element("span", { class: "sample negative" }), text("negative")),
  );
