/** A product on the map; x goes right and y up, both from 0 to 1. */
export interface Point {
  id: string;
  title: string;
  price: number | null;
  x: number;
  y: number;
  values: Readonly<Record<string, string | null>>;
}

export interface Legend {
  /** What stands beside the colour, and the points that have it. */
  entries: { name: string; count: number; colour: string }[];
  /** The entry of each point. */
  entryOf: Int16Array;
}

const PRICE = "price";
const MOST_COLOURS = 9;
const BANDS = 5;
/** From cheap to dear, one colour that grows stronger. */
const RAMP = { light: ["#e0c9a6", "#c79c62", "#a06a2a", "#75460f", "#472800"], dark: ["#5c4a30", "#8a6b3c", "#b98f4d", "#e3b873", "#fbe6bf"] };

export interface Words {
  other: string;
  none: string;
  money: (value: number) => string;
}

/** Which colour each point has, by a column or by its price. */
export function legendOf(points: readonly Point[], by: string, kinds: readonly string[], muted: string, isDark: boolean, words: Words): Legend {
  if (by === PRICE) return byPrice(points, isDark ? RAMP.dark : RAMP.light, muted, words);
  const counts = new Map<string, number>();
  for (const point of points) {
    const value = point.values[by];
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const named = [...counts].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]));
  const shown = named.slice(0, named.length > MOST_COLOURS ? MOST_COLOURS : named.length).map(([name]) => name);
  const names = [...shown, ...(named.length > shown.length ? [words.other] : []), ...(points.some((each) => !each.values[by]) ? [words.none] : [])];
  const place = (point: Point) => {
    const value = point.values[by];
    if (!value) return names.indexOf(words.none);
    const found = shown.indexOf(value);
    return found >= 0 ? found : names.indexOf(words.other);
  };
  return counted(points, names.map((name, at) => ({ name, colour: at < shown.length ? (kinds[at % kinds.length] ?? muted) : muted })), place);
}

function byPrice(points: readonly Point[], ramp: readonly string[], muted: string, words: Words): Legend {
  const prices = points.flatMap((each) => (each.price === null ? [] : [each.price])).sort((one, other) => one - other);
  const edges = Array.from({ length: BANDS - 1 }, (_, band) => prices[Math.floor(((band + 1) * prices.length) / BANDS)] ?? 0);
  const names = Array.from({ length: BANDS }, (_, band) => {
    if (band === 0) return `< ${words.money(edges[0] ?? 0)}`;
    if (band === BANDS - 1) return `≥ ${words.money(edges[BANDS - 2] ?? 0)}`;
    return `${words.money(edges[band - 1] ?? 0)} – ${words.money(edges[band] ?? 0)}`;
  });
  const unknown = points.some((each) => each.price === null);
  const entries = [...names.map((name, band) => ({ name, colour: ramp[band] ?? muted })), ...(unknown ? [{ name: words.none, colour: muted }] : [])];
  return counted(points, entries, ({ price }) => (price === null ? BANDS : edges.filter((edge) => price >= edge).length));
}

function counted(points: readonly Point[], entries: readonly { name: string; colour: string }[], place: (point: Point) => number): Legend {
  const entryOf = Int16Array.from(points, place);
  const counts = new Array<number>(entries.length).fill(0);
  for (const entry of entryOf) if (entry >= 0) counts[entry] = (counts[entry] ?? 0) + 1;
  return { entries: entries.map((each, at) => ({ ...each, count: counts[at] ?? 0 })), entryOf };
}

/** What part of the map is seen: its middle, and how many times larger than the whole it is drawn. */
export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export const WHOLE: View = { x: 0.5, y: 0.5, zoom: 1 };
const MOST_ZOOM = 60;
const ROOM = 0.92;

export function scaleOf(view: View, size: Size): number {
  return Math.min(size.width, size.height) * ROOM * view.zoom;
}

export function toScreen(point: { x: number; y: number }, view: View, size: Size): [number, number] {
  const scale = scaleOf(view, size);
  return [size.width / 2 + (point.x - view.x) * scale, size.height / 2 - (point.y - view.y) * scale];
}

/** Zoom so that what is under a place on the screen stays there. */
export function zoomed(view: View, factor: number, at: [number, number], size: Size): View {
  const zoom = Math.min(Math.max(view.zoom * factor, 0.8), MOST_ZOOM);
  const before = scaleOf(view, size);
  const after = scaleOf({ ...view, zoom }, size);
  const right = at[0] - size.width / 2;
  const down = at[1] - size.height / 2;
  return within({ zoom, x: view.x + right / before - right / after, y: view.y - down / before + down / after });
}

export function moved(view: View, right: number, down: number, size: Size): View {
  const scale = scaleOf(view, size);
  return within({ ...view, x: view.x + right / scale, y: view.y - down / scale });
}

/** The middle never leaves the map, so that one cannot get lost. */
function within(view: View): View {
  const between = (value: number) => Math.min(Math.max(value, 0), 1);
  return { ...view, x: between(view.x), y: between(view.y) };
}

/** The points in view, the nearest to the middle first. */
export function inView(points: readonly Point[], view: View, size: Size): number[] {
  const scale = scaleOf(view, size);
  const wide = size.width / 2 / scale;
  const high = size.height / 2 / scale;
  const found: { at: number; far: number }[] = [];
  points.forEach((point, at) => {
    const x = Math.abs(point.x - view.x);
    const y = Math.abs(point.y - view.y);
    if (x <= wide && y <= high) found.push({ at, far: x * x + y * y });
  });
  return found.sort((one, other) => one.far - other.far).map((each) => each.at);
}

/** The point nearest to a place on the screen, if one is near enough. */
export function nearest(points: readonly Point[], view: View, size: Size, at: [number, number], reach: number): number | null {
  let best: number | null = null;
  let least = reach * reach;
  points.forEach((point, place) => {
    const [x, y] = toScreen(point, view, size);
    const far = (x - at[0]) ** 2 + (y - at[1]) ** 2;
    if (far <= least) {
      least = far;
      best = place;
    }
  });
  return best;
}
