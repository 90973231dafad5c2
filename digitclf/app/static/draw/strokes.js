// What has been drawn: strokes, and an image below them. Positions are from 0 to 1.

export class Drawing {
  constructor() {
    this.strokes = [];
    this.image = null;
  }

  get isEmpty() {
    return this.strokes.length === 0 && this.image === null;
  }

  begin(point) {
    this.strokes.push([point]);
  }

  extend(point) {
    this.strokes.at(-1).push(point);
  }

  undo() {
    if (this.strokes.length) this.strokes.pop();
    else this.image = null;
  }

  clear() {
    this.strokes = [];
    this.image = null;
  }

  // Puts an image (rows of grey levels) below strokes that are still to be drawn.
  put(rows) {
    this.clear();
    const side = rows.length;
    this.image = new OffscreenCanvas(side, side);
    const context = this.image.getContext("2d");
    const pixels = context.createImageData(side, side);
    rows.flat().forEach((level, place) => {
      pixels.data[4 * place + 3] = level;
    });
    context.putImageData(pixels, 0, 0);
  }

  // Draws everything in black on a context of some side.
  render(context, side) {
    context.lineCap = "round";
    context.lineJoin = "round";
    if (this.image) {
      context.imageSmoothingQuality = "high";
      context.drawImage(this.image, 0, 0, side, side);
    }
    for (const stroke of this.strokes) renderStroke(context, stroke, side);
  }

  // Returns the drawing as a PNG file, black on white.
  async toPicture(side) {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, side, side);
    context.fillStyle = "black";
    this.render(context, side);
    return canvas.convertToBlob({ type: "image/png" });
  }
}

// Draws a stroke as curves through the middles of its points. Each piece has the width
// of its point.
function renderStroke(context, points, side) {
  const [first] = points;
  if (points.length === 1) {
    context.beginPath();
    context.arc(first.x * side, first.y * side, (first.width * side) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let from = first;
  points.slice(1).forEach((point, place) => {
    const before = points[place];
    const isLast = place === points.length - 2;
    const to = isLast ? point : middle(before, point);
    context.beginPath();
    context.lineWidth = ((before.width + point.width) / 2) * side;
    context.moveTo(from.x * side, from.y * side);
    context.quadraticCurveTo(before.x * side, before.y * side, to.x * side, to.y * side);
    context.stroke();
    from = to;
  });
}

const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
