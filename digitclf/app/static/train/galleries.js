// Filters and misclassified test images after an epoch.

import { byId, element } from "../dom.js";
import { number, text } from "../language.js";
import { paintInk, paintWeights, splitImages, valuesOf } from "../pixels.js";

export function showFilters({ filters, settings }) {
  byId("filters-text").textContent = text(
    filters ? `filters_${settings.network}` : "filters_help",
  );
  if (!filters) {
    byId("filters").replaceChildren();
    return;
  }
  const [, height, width] = filters.shape;
  const largest = Math.max(-filters.low, filters.high);
  fill(byId("filters"), splitImages(filters), (canvas, levels) =>
    paintWeights(canvas, height, width, valuesOf(levels, filters), largest),
  );
}

export function showErrors({ errors }) {
  byId("errors-text").textContent = errors
    ? text("errors_text", {
        errors: number(errors.n_errors),
        tested: number(errors.n_tested),
      })
    : text("errors_none");
  if (!errors) {
    byId("errors").replaceChildren();
    return;
  }
  const [, height, width] = errors.shape;
  const figures = splitImages(errors).map((levels, place) => {
    const canvas = element("canvas", { class: "pixels" });
    paintInk(canvas, height, width, levels);
    const values = { digit: errors.digits[place], predicted: errors.predicted[place] };
    const caption = text("error_caption", values);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", caption);
    return element("figure", { title: caption }, canvas, element("figcaption", {}, caption));
  });
  byId("errors").replaceChildren(...figures);
}

function fill(gallery, images, paint) {
  while (gallery.children.length > images.length) gallery.lastChild.remove();
  while (gallery.children.length < images.length) {
    gallery.append(element("canvas", { class: "pixels weights" }));
  }
  images.forEach((levels, place) => paint(gallery.children[place], levels));
}
