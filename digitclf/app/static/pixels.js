// Arrays of the server as images: ink for grey levels, two colours for weights.

const POSITIVE = [0, 114, 178];
const NEGATIVE = [213, 94, 0];

const bytes = (base64) =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export const floats = (base64) => new Float32Array(bytes(base64).buffer);

// Paints the pixels of a canvas. `colour` returns red, green, blue and opacity.
function paint(canvas, height, width, colour) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let place = 0; place < height * width; place += 1) {
    image.data.set(colour(place), 4 * place);
  }
  context.putImageData(image, 0, 0);
}

// Paints levels from 0 to 255 as black ink, which the dark theme inverts.
export const paintInk = (canvas, height, width, levels) =>
  paint(canvas, height, width, (place) => [0, 0, 0, levels[place]]);

// Paints weights: positive ones in blue, negative ones in orange.
export const paintWeights = (canvas, height, width, values, largest) =>
  paint(canvas, height, width, (place) => [
    ...(values[place] < 0 ? NEGATIVE : POSITIVE),
    Math.round((255 * Math.abs(values[place])) / largest),
  ]);

// Splits images as the server sends them: {shape: [n, height, width], levels, ...}.
export function splitImages({ shape: [count, height, width], levels }) {
  const all = bytes(levels);
  const size = height * width;
  return Array.from({ length: count }, (_, place) =>
    all.subarray(place * size, (place + 1) * size),
  );
}

export const valuesOf = (levels, { low, high }) =>
  Float32Array.from(levels, (level) => low + (level * (high - low)) / 255);
