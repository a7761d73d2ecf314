import type { Colours } from "../parts/colours";
import { inView, toScreen, type Legend, type Point, type Size, type View } from "./model";
import type { Pictures } from "./pictures";

export interface Drawn {
  points: readonly Point[];
  legend: Legend | null;
  view: View;
  size: Size;
  colours: Colours;
  pictures: Pictures;
  /** The point that is looked at. */
  looked: number | null;
  /** Whether a point stands out; the others recede. */
  bright: (at: number) => boolean;
}

/** So many products are shown as pictures; of more, dots tell more. */
const MOST_PICTURES = 70;
const SIDE = 44;

/** Draw the map; a canvas of 3,000 products takes a few milliseconds. */
export function draw(context: CanvasRenderingContext2D, ratio: number, drawn: Drawn): void {
  const { points, view, size, bright, looked } = drawn;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  const seen = inView(points, view, size);
  const pictures = seen.filter(bright).length <= MOST_PICTURES;
  drawn.pictures.forgetWaiting();
  // The nearest to the middle is drawn last, over the others; what recedes lies below.
  const order = [...seen.filter((at) => !bright(at)).reverse(), ...seen.filter(bright).reverse()];
  for (const at of order) mark(context, drawn, at, pictures && bright(at));
  if (looked !== null && seen.includes(looked)) ring(context, drawn, looked, pictures);
}

function colourOf(drawn: Drawn, at: number): string {
  return drawn.legend?.entries[drawn.legend.entryOf[at] ?? -1]?.colour ?? drawn.colours.accent;
}

function radiusOf(view: View): number {
  return Math.min(2.5 + Math.sqrt(view.zoom), 8);
}

function mark(context: CanvasRenderingContext2D, drawn: Drawn, at: number, asPicture: boolean): void {
  const point = drawn.points[at];
  if (!point) return;
  const [x, y] = toScreen(point, drawn.view, drawn.size);
  const bright = drawn.bright(at);
  context.globalAlpha = bright ? 1 : 0.15;
  const picture = asPicture ? drawn.pictures.get(point.id) : null;
  if (picture) {
    context.drawImage(picture, x - SIDE / 2, y - SIDE / 2, SIDE, SIDE);
    context.lineWidth = 2.5;
    context.strokeStyle = colourOf(drawn, at);
    context.strokeRect(x - SIDE / 2, y - SIDE / 2, SIDE, SIDE);
  } else {
    context.beginPath();
    context.arc(x, y, radiusOf(drawn.view), 0, 2 * Math.PI);
    context.fillStyle = colourOf(drawn, at);
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = drawn.colours.paper;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function ring(context: CanvasRenderingContext2D, drawn: Drawn, at: number, pictures: boolean): void {
  const point = drawn.points[at];
  if (!point) return;
  mark(context, drawn, at, pictures);
  const [x, y] = toScreen(point, drawn.view, drawn.size);
  context.beginPath();
  if (pictures) context.rect(x - SIDE / 2 - 4, y - SIDE / 2 - 4, SIDE + 8, SIDE + 8);
  else context.arc(x, y, radiusOf(drawn.view) + 4, 0, 2 * Math.PI);
  context.lineWidth = 2;
  context.strokeStyle = drawn.colours.ink;
  context.stroke();
}
