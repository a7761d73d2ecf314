"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const stage = at("stage"), layer = at("layer"), ties = at("ties"), hint = at("hint"), panel = at("panel");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const products = data.ids.length, rings = data.owners.length;
const money = new Intl.NumberFormat(undefined, { style: "currency", currency: data.currency });
const price = (i) => data.prices[i] < 0 ? "" : money.format(data.prices[i] / 100);
const MOST_ZOOM = 40, SERIES = 8;

const make = (tag, name, text) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
};

/* Pictures: one sheet, each product a cell of it. */
const cell = (element, i) => {
  const place = data.cells[i], across = data.sheet[0], down = data.sheet[1];
  if (place < 0) return element;
  const share = (n, of) => of > 1 ? (100 * n) / (of - 1) : 0;
  element.classList.add("pic");
  element.style.backgroundPosition = `${share(place % across, across)}% ${share(Math.floor(place / across), down)}%`;
  return element;
};

/* Products first, then customers' styles: one numbering for all that stands on the map. */
const marks = [];
for (let i = 0; i < products + rings; i++) {
  const mark = make("div", i < products ? "p" : "c");
  mark.dataset.i = i;
  if (i < products) cell(mark, i);
  marks.push(mark);
}
layer.append(...marks);

const nameOf = (i) => i < products ? data.titles[i] || data.ids[i] : data.owners[i - products];
const words = data.ids.map((id, i) =>
  [id, data.titles[i], ...data.columns.map((column) => column.values[column.codes[i]] || "")].join(" ").toLowerCase());

/* Where everything is: places run from 0 to 1, the view maps them to pixels. */
const view = { x: 0, y: 0, zoom: 1 };
let layout = Object.keys(data.layouts)[0], places = null, room = null, side = 24;
let chosen = -1, matches = null, hidden = new Set(), people = rings > 0;

const placesOf = (name) => Float32Array.from([...data.layouts[name].products, ...data.layouts[name].customers]);
const measure = () => {
  const box = stage.getBoundingClientRect(), edge = 36;
  let left = 1, right = 0, low = 1, high = 0;
  for (let i = 0; i < products; i++) {
    left = Math.min(left, places[2 * i]); right = Math.max(right, places[2 * i]);
    low = Math.min(low, places[2 * i + 1]); high = Math.max(high, places[2 * i + 1]);
  }
  const wide = Math.max(right - left, 1e-6), tall = Math.max(high - low, 1e-6);
  room = { width: box.width, height: box.height, left, high, wide, tall,
    stretchX: (box.width - 2 * edge) / wide, stretchY: (box.height - 2 * edge) / tall, edge };
  /* A map may be stretched to fill its window, but not out of shape. */
  const most = 1.7 * Math.min(room.stretchX, room.stretchY);
  room.stretchX = Math.min(room.stretchX, most); room.stretchY = Math.min(room.stretchY, most);
  room.offX = (box.width - wide * room.stretchX) / 2; room.offY = (box.height - tall * room.stretchY) / 2;
};
const base = (i) => [room.offX + (places[2 * i] - room.left) * room.stretchX, room.offY + (room.high - places[2 * i + 1]) * room.stretchY];
const onScreen = (i) => { const [x, y] = base(i); return [x * view.zoom + view.x, y * view.zoom + view.y]; };

const visible = (i) => i < products
  ? !hidden.has(group(i)) && (!matches || matches.has(i))
  : people && !matches && shown(i);
/* Of a customer's styles the weightiest stands on the map, the others once the customer is chosen. */
const shown = (i) => {
  const owner = data.owners[i - products];
  return data.owners[i - products - 1] !== owner || (chosen >= products && data.owners[chosen - products] === owner);
};

/* Who keeps a picture where products crowd: the better-selling first, whoever fits beside those that stand. */
const declutter = () => {
  const roomy = Math.sqrt((room.width * room.height) / Math.max(products, 1));
  side = Math.round(Math.max(24, Math.min(92, 1.35 * roomy * Math.pow(view.zoom, 0.5))));
  layer.style.setProperty("--side", `${side}px`);
  const gap = side * 1.06, grid = new Map();
  const order = [...Array(products).keys()].filter(visible);
  const kept = new Set();
  if (chosen >= 0) order.unshift(...[chosen, ...neighboursOf(chosen)].filter((i) => i < products));
  for (const i of order) {
    const [x, y] = base(i), px = x * view.zoom, py = y * view.zoom, gx = Math.floor(px / gap), gy = Math.floor(py / gap);
    let free = !kept.has(i);
    for (let dx = -1; free && dx <= 1; dx++) for (let dy = -1; free && dy <= 1; dy++) {
      for (const [ox, oy] of grid.get(`${gx + dx},${gy + dy}`) || []) {
        if (Math.abs(ox - px) < gap && Math.abs(oy - py) < gap) { free = false; break; }
      }
    }
    if (!free) continue;
    const key = `${gx},${gy}`;
    if (!grid.has(key)) grid.set(key, []);
    grid.get(key).push([px, py]);
    kept.add(i);
  }
  for (let i = 0; i < products; i++) marks[i].classList.toggle("dot", !kept.has(i));
};

let waiting = false, crowded = true;
const draw = (again = false) => {
  crowded = crowded || again;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (crowded) declutter();
    crowded = false;
    for (let i = 0; i < marks.length; i++) {
      const [x, y] = onScreen(i), out = x < -99 || y < -99 || x > room.width + 99 || y > room.height + 99;
      marks[i].style.display = out || (i >= products && !(people && shown(i))) ? "none" : "";
      if (!out) marks[i].style.transform = `translate(${x.toFixed(1)}px,${y.toFixed(1)}px)`;
    }
    drawTies();
  });
};
const shade = () => {
  const close = new Set(chosen >= 0 ? neighboursOf(chosen) : []);
  layer.classList.toggle("picked", chosen >= 0);
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i].classList, own = chosen >= products && i >= products && data.owners[i - products] === data.owners[chosen - products];
    mark.toggle("off", !visible(i) && i !== chosen && !close.has(i));
    mark.toggle("near", close.has(i));
    mark.toggle("chosen", i === chosen || own);
    mark.toggle("hit", Boolean(matches && matches.has(i)));
  }
  draw(true);
};
const neighboursOf = (i) => i < products ? data.alike[i] : stylesOf(i).flatMap((each) => data.near[each - products]);
const stylesOf = (i) => {
  const found = [];
  for (let j = 0; j < rings; j++) if (data.owners[j] === data.owners[i - products]) found.push(products + j);
  return found;
};
const drawTies = () => {
  ties.textContent = "";
  if (chosen < 0) return;
  const line = (from, to, name) => {
    const drawn = document.createElementNS(ties.namespaceURI, "line"), [x1, y1] = onScreen(from), [x2, y2] = onScreen(to);
    for (const [key, value] of Object.entries({ x1, y1, x2, y2, class: name })) drawn.setAttribute(key, value);
    ties.append(drawn);
  };
  const starts = chosen < products ? [chosen] : stylesOf(chosen);
  for (const start of starts) {
    for (const end of start < products ? data.alike[start] : data.near[start - products]) line(start, end, "");
    if (start !== chosen) line(chosen, start, "own");
  }
};

/* Moving about. */
const hold = () => {
  const spare = 0.5;
  view.zoom = Math.max(0.8, Math.min(MOST_ZOOM, view.zoom));
  view.x = Math.min(room.width * spare, Math.max(room.width * (1 - spare) - room.width * view.zoom, view.x));
  view.y = Math.min(room.height * spare, Math.max(room.height * (1 - spare) - room.height * view.zoom, view.y));
};
const zoomAt = (x, y, by) => {
  const before = view.zoom;
  view.zoom = Math.max(0.8, Math.min(MOST_ZOOM, view.zoom * by));
  view.x = x - (x - view.x) * (view.zoom / before);
  view.y = y - (y - view.y) * (view.zoom / before);
  hold(); draw(true);
};
const glide = (to, done) => {
  const from = { ...view }, start = performance.now(), lasts = calm ? 0 : 380;
  const step = (now) => {
    const part = lasts ? Math.min(1, (now - start) / lasts) : 1, ease = 1 - Math.pow(1 - part, 3);
    for (const key of ["x", "y", "zoom"]) view[key] = from[key] + (to[key] - from[key]) * ease;
    draw(true);
    if (part < 1) requestAnimationFrame(step); else if (done) done();
  };
  requestAnimationFrame(step);
};
const whole = () => glide({ x: 0, y: 0, zoom: 1 });
const showAll = (some) => {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const i of some) { const [x, y] = base(i); left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); }
  if (left > right) return;
  const zoom = Math.max(1, Math.min(9, 0.8 * Math.min(room.width / Math.max(right - left, 1), room.height / Math.max(bottom - top, 1))));
  glide({ zoom, x: room.width / 2 - zoom * (left + right) / 2, y: room.height / 2 - zoom * (top + bottom) / 2 });
};
const intoView = (i) => {
  const [x, y] = onScreen(i), edge = 90;
  if (x > edge && y > edge && x < room.width - edge && y < room.height - edge) return;
  glide({ zoom: view.zoom, x: view.x + room.width / 2 - x, y: view.y + room.height / 2 - y });
};
const relayout = (name) => {
  const from = places, to = placesOf(name), start = performance.now(), lasts = calm ? 0 : 700;
  layout = name;
  const step = (now) => {
    const part = lasts ? Math.min(1, (now - start) / lasts) : 1, ease = part < 0.5 ? 4 * part ** 3 : 1 - Math.pow(-2 * part + 2, 3) / 2;
    places = from.map((value, i) => value + (to[i] - value) * ease);
    measure(); draw(true);
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};

/* Colours and their legend. */
const bands = (() => {
  const known = data.prices.filter((cents) => cents >= 0).sort((a, b) => a - b);
  const borders = [0.2, 0.4, 0.6, 0.8].map((share) => known[Math.floor(share * known.length)]);
  if (!known.length || new Set([known[0], ...borders]).size < 5) return null;
  const short = (cents) => new Intl.NumberFormat(undefined, { style: "currency", currency: data.currency, maximumFractionDigits: 0 }).format(cents / 100);
  const labels = [`under ${short(borders[0])}`, ...[0, 1, 2].map((i) => `${short(borders[i])} – ${short(borders[i + 1])}`), `${short(borders[3])} and more`];
  return { name: "price", values: labels, codes: data.prices.map((cents) => cents < 0 ? -1 : borders.filter((border) => cents >= border).length), bands: true };
})();
const schemes = [...data.columns, ...(bands ? [bands] : [])];
let scheme = schemes[0] || { name: "", values: [], codes: data.ids.map(() => -1) };
const group = (i) => scheme.codes[i] < 0 ? -1 : scheme.bands ? scheme.codes[i] : Math.min(scheme.codes[i], SERIES);
const tone = (value) => value < 0 || (!scheme.bands && value >= SERIES) ? "var(--muted)" : scheme.bands ? `var(--band-${value + 1})` : `var(--series-${value + 1})`;
const colour = () => {
  for (let i = 0; i < products; i++) marks[i].style.setProperty("--tone", tone(group(i)));
  const counts = new Map();
  for (let i = 0; i < products; i++) counts.set(group(i), (counts.get(group(i)) || 0) + 1);
  at("legend-title").textContent = scheme.name ? scheme.name.replaceAll("_", " ") : "products";
  const entries = [...counts.keys()].sort((a, b) => (a < 0) - (b < 0) || a - b);
  at("legend").replaceChildren(...entries.map((value) => {
    const item = make("li"), button = make("button"), rest = scheme.values.length - SERIES;
    const label = value < 0 ? "not said" : !scheme.bands && value >= SERIES ? (rest > 1 ? `${rest} others` : scheme.values[SERIES]) : scheme.values[value];
    button.type = "button";
    button.append(make("i"), make("b", "", label), make("small", "", counts.get(value).toLocaleString()));
    button.firstChild.style.setProperty("--tone", tone(value));
    button.title = "Show or hide; with a double click, show these alone";
    button.setAttribute("aria-pressed", String(!hidden.has(value)));
    button.onclick = () => { hidden.has(value) ? hidden.delete(value) : hidden.add(value); colour(); shade(); at("legend").querySelectorAll("button")[entries.indexOf(value)].focus(); };
    button.ondblclick = () => { hidden = hidden.size === entries.length - 1 && !hidden.has(value) ? new Set() : new Set(entries.filter((other) => other !== value)); colour(); shade(); };
    item.append(button);
    return item;
  }));
};

/* What is chosen. */
const rowOf = (some) => {
  const row = make("div", "row");
  for (const i of some) {
    const button = cell(make("button"), i);
    button.type = "button"; button.title = `${nameOf(i)} ${price(i)}`;
    button.setAttribute("aria-label", nameOf(i));
    if (data.cells[i] < 0) button.textContent = nameOf(i);
    button.onclick = () => choose(i, true);
    row.append(button);
  }
  return row;
};
const tell = () => {
  panel.replaceChildren();
  if (chosen < 0) {
    panel.append(make("h2", "", "Nothing chosen"), make("p", "muted", rings ? "Click a picture to see what looks like it, or a ring to see what a customer's style is nearest to." : "Click a picture to see what looks like it."));
    return;
  }
  if (chosen >= products) return tellCustomer();
  const head = make("div", "head"), title = make("div");
  if (data.cells[chosen] >= 0) head.append(cell(make("div"), chosen));
  title.append(make("h2", "", nameOf(chosen)), make("p", "price", price(chosen)), make("p", "muted", data.ids[chosen]));
  head.append(title);
  const list = make("dl", "what");
  for (const column of data.columns) {
    const value = column.values[column.codes[chosen]];
    if (value) list.append(make("dt", "", column.name.replaceAll("_", " ")), make("dd", "", value));
  }
  panel.append(head, list, make("h3", "", "Looks most like it"), rowOf(data.alike[chosen]));
};
const tellCustomer = () => {
  const styles = stylesOf(chosen);
  panel.append(make("h2", "", `Customer ${nameOf(chosen)}`));
  panel.append(make("p", "muted", styles.length > 1 ? `${styles.length} styles, by their share of what was done` : "One style"));
  for (const style of styles) {
    const share = Math.round(100 * data.shares[style - products]);
    panel.append(make("h3", "", styles.length > 1 ? `Nearest to the style of ${share} %` : "Nearest to it"), rowOf(data.near[style - products]));
  }
};
const choose = (i, move) => {
  chosen = i;
  hint.hidden = true;
  tell(); shade();
  if (move && i >= 0) intoView(i);
};

/* Pointing. */
const markAt = (event) => { const mark = event.target.closest && event.target.closest("[data-i]"); return mark ? Number(mark.dataset.i) : -1; };
const point = (i, x, y) => {
  hint.replaceChildren();
  if (i < products && data.cells[i] >= 0) hint.append(cell(make("div"), i));
  const text = make("div");
  text.append(make("b", "", i < products ? nameOf(i) : `Customer ${nameOf(i)}`));
  text.append(make("span", "", i < products ? [price(i), scheme.values[scheme.codes[i]]].filter(Boolean).join(" · ") : `style of ${Math.round(100 * data.shares[i - products])} %`));
  hint.append(text);
  hint.hidden = false;
  const box = hint.getBoundingClientRect();
  hint.style.left = `${Math.max(6, Math.min(x + 16, room.width - box.width - 6))}px`;
  hint.style.top = `${y + 18 + box.height > room.height ? Math.max(6, y - box.height - 14) : y + 18}px`;
};
const fingers = new Map();
let moved = 0, spread = 0, pressed = -1;
const inside = (event) => { const box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  fingers.set(event.pointerId, inside(event));
  moved = 0; spread = 0; pressed = markAt(event);
});
stage.addEventListener("pointermove", (event) => {
  const [x, y] = inside(event), held = fingers.get(event.pointerId);
  if (!held) {
    const i = markAt(event);
    if (i >= 0) point(i, x, y); else hint.hidden = true;
    return;
  }
  moved += Math.abs(x - held[0]) + Math.abs(y - held[1]);
  if (moved > 4 && !stage.classList.contains("held")) { stage.classList.add("held"); stage.setPointerCapture(event.pointerId); hint.hidden = true; }
  if (fingers.size === 1) { view.x += x - held[0]; view.y += y - held[1]; hold(); draw(); }
  fingers.set(event.pointerId, [x, y]);
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()], apart = Math.hypot(a[0] - b[0], a[1] - b[1]);
    if (spread) zoomAt((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, apart / spread);
    spread = apart;
  }
});
const release = (event) => {
  if (fingers.delete(event.pointerId) && !fingers.size) {
    if (moved <= 4 && event.type === "pointerup") choose(pressed === chosen ? -1 : pressed, false);
    stage.classList.remove("held");
  }
  spread = 0;
};
stage.addEventListener("pointerup", release);
stage.addEventListener("pointercancel", release);
stage.addEventListener("pointerleave", () => { hint.hidden = true; });
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const [x, y] = inside(event), lines = event.deltaMode === 1 ? 18 : 1;
  zoomAt(x, y, Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * 0.0022));
}, { passive: false });
stage.addEventListener("dblclick", (event) => { const [x, y] = inside(event); if (markAt(event) < 0) zoomAt(x, y, 2); });

/* Keys: arrows go from product to product. */
const nextTo = (dx, dy) => {
  let best = -1, least = Infinity;
  const [x, y] = chosen >= 0 ? onScreen(chosen) : [room.width / 2, room.height / 2];
  for (let i = 0; i < marks.length; i++) {
    if (i === chosen || !visible(i)) continue;
    const [px, py] = onScreen(i), along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    const cost = chosen < 0 ? Math.hypot(px - x, py - y) : along > 0.5 && aside <= 2 * along ? along + 2 * aside : Infinity;
    if (cost < least) { least = cost; best = i; }
  }
  if (best >= 0) choose(best, true);
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
stage.addEventListener("keydown", (event) => {
  const arrow = arrows[event.key];
  if (arrow && event.shiftKey) { view.x -= arrow[0] * 80; view.y -= arrow[1] * 80; hold(); draw(); }
  else if (arrow) nextTo(...arrow);
  else if (event.key === "+" || event.key === "=") zoomAt(room.width / 2, room.height / 2, 1.4);
  else if (event.key === "-") zoomAt(room.width / 2, room.height / 2, 1 / 1.4);
  else if (event.key === "0") whole();
  else if (event.key === "Escape") choose(-1);
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); at("find").focus(); }
});

/* The bar. */
const find = at("find");
const look = () => {
  const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  matches = asked.length ? new Set(words.flatMap((text, i) => asked.every((word) => text.includes(word)) ? [i] : [])) : null;
  at("found").textContent = matches ? `${matches.size.toLocaleString()} found` : "";
  shade();
};
find.addEventListener("input", look);
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && matches && matches.size) { showAll(matches); stage.focus(); }
  if (event.key === "Escape") { find.value = ""; look(); }
});
for (const each of schemes) at("colour").append(new Option(each.name.replaceAll("_", " "), each.name));
at("colour").addEventListener("change", (event) => { scheme = schemes.find((each) => each.name === event.target.value); hidden = new Set(); colour(); shade(); });
if (at("layouts")) at("layouts").addEventListener("change", (event) => relayout(event.target.value));
if (at("people")) at("people").addEventListener("change", (event) => { people = event.target.checked; if (chosen >= products) choose(-1); else shade(); });
at("closer").onclick = () => zoomAt(room.width / 2, room.height / 2, 1.5);
at("farther").onclick = () => zoomAt(room.width / 2, room.height / 2, 1 / 1.5);
at("whole").onclick = whole;
new ResizeObserver(() => { measure(); hold(); draw(true); }).observe(stage);

places = placesOf(layout);
measure(); colour(); tell();
/* An address may name what to show: #product=ID, #customer=ID, #colour=COLUMN, #layout=pca, #find=WORDS. */
const wanted = new URLSearchParams(location.hash.slice(1));
if (schemes.some((each) => each.name === wanted.get("colour"))) { at("colour").value = wanted.get("colour"); at("colour").dispatchEvent(new Event("change")); }
if (wanted.get("layout") in data.layouts && at("layouts")) { layout = wanted.get("layout"); places = placesOf(layout); measure(); at("layouts").querySelector(`[value="${layout}"]`).checked = true; }
if (wanted.get("find")) { find.value = wanted.get("find"); look(); }
const named = wanted.has("product") ? data.ids.indexOf(wanted.get("product")) : wanted.has("customer") ? data.owners.indexOf(wanted.get("customer")) : -1;
if (named >= 0) choose(wanted.has("customer") ? named + products : named, false);
if (Number(wanted.get("zoom")) > 0) {
  const [x, y] = chosen >= 0 ? onScreen(chosen) : [room.width / 2, room.height / 2];
  view.x += room.width / 2 - x; view.y += room.height / 2 - y;
  zoomAt(room.width / 2, room.height / 2, Number(wanted.get("zoom")));
}
shade();
})();
