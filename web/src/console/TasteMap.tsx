import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useAddress } from "../app/address";
import { plain, useText } from "../text";
import { Select } from "../ui/Select";
import { Table, type Column } from "../ui/Table";
import { useAsked } from "./ask";
import { useConsoleFormats } from "./formats";
import { MapCanvas } from "./map/MapCanvas";
import { inView, legendOf, WHOLE, type Legend, type Point, type Size, type View } from "./map/model";
import { Answer } from "./parts/Answer";
import { useColours } from "./parts/colours";
import { Field } from "./parts/Field";
import { Page, Section } from "./parts/Page";
import { ProductLink } from "./parts/ProductLink";
import { Tall } from "./parts/Tall";
import { useWords } from "./text";
import type { TasteMap as Told } from "./types";

const PATH = "/api/v1/map";
const MOST_LISTED = 200;

/** The catalogue as a map: what looks alike lies together. */
export default function TasteMap() {
  const w = useWords();
  const query = useAsked(PATH);
  return (
    <Page title={w.pages.map} lead={w.map.lead} path={PATH}>
      <Answer query={query}>{(told) => <Map told={told} />}</Answer>
    </Page>
  );
}

function pointsOf(told: Told, layout: string): Point[] {
  const columns = Object.entries(told.columns);
  return told.products.flatMap((each, row): Point[] => {
    const [x, y] = each.places[layout] ?? [];
    if (x === undefined || y === undefined) return [];
    const values = Object.fromEntries(columns.map(([name, list]) => [name, list[row] ?? null]));
    return [{ id: each.item_id, title: each.title, price: each.item_price, x, y, values }];
  });
}

/** What the colours mean; null where everything has the same. */
function useLegend(points: readonly Point[], by: string): Legend | null {
  const w = useWords();
  const format = useConsoleFormats();
  const colours = useColours();
  return useMemo(() => {
    if (!by) return null;
    const words = { other: w.map.otherValues, none: w.map.noValue, money: (value: number) => format.money(value, true) };
    return legendOf(points, by, colours.kinds, colours.muted, colours.isDark, words);
    // The formats are new at every call; they follow the language, as the words do.
  }, [points, by, colours, w]);
}

function Map({ told }: { told: Told }) {
  const w = useWords();
  const format = useConsoleFormats();
  const { params, patch } = useAddress();
  const columns = [...Object.keys(told.columns), "price"];
  const layout = told.layouts.find((each) => each === params.get("layout")) ?? told.layouts[0] ?? "pca";
  const by = columns.find((each) => each === params.get("colour")) ?? (params.get("colour") === "-" ? "" : (columns[0] ?? ""));
  const points = useMemo(() => pointsOf(told, layout), [told, layout]);
  const legend = useLegend(points, by);
  const [view, setView] = useState<View>(WHOLE);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [only, setOnly] = useState<{ by: string; entry: number } | null>(null);
  const [typed, setTyped] = useState("");
  const words = useDeferredValue(typed).toLowerCase().split(/\s+/).filter(Boolean).join(" ");
  const entry = only?.by === by ? only.entry : null;
  const bright = useCallback(
    (at: number) => {
      const point = points[at];
      if (!point || (entry !== null && legend?.entryOf[at] !== entry)) return false;
      return !words || words.split(" ").every((word) => `${point.id} ${point.title} ${Object.values(point.values).join(" ")}`.toLowerCase().includes(word));
    },
    [points, legend, entry, words],
  );
  const fitting = useMemo(() => points.filter((_, at) => bright(at)).length, [points, bright]);
  return (
    <>
      <div className="space-y-4">
        <div className="flex flex-wrap items-end gap-x-5 gap-y-3">
          <Select label={w.map.colour} value={by || "-"} onChange={(value) => patch({ colour: value }, { replace: true })}>
            {columns.map((each) => (
              <option key={each} value={each}>
                {each === "price" ? w.map.price : plain(each)}
              </option>
            ))}
            <option value="-">{w.map.noColour}</option>
          </Select>
          {told.layouts.length > 1 && (
            <Select label={w.map.layout} value={layout} onChange={(value) => patch({ layout: value }, { replace: true })}>
              {told.layouts.map((each) => (
                <option key={each} value={each}>
                  {each.toUpperCase()}
                </option>
              ))}
            </Select>
          )}
          <Field type="search" label={w.map.find} hideLabel placeholder={w.map.find} value={typed} onChange={(event) => setTyped(event.target.value)} className="w-56" />
          {words && (
            <p role="status" className="pb-3 text-sm text-muted">
              {w.map.found(fitting)}
            </p>
          )}
        </div>
        {legend && <LegendKeys legend={legend} chosen={entry} onChoose={(next) => setOnly(next === null ? null : { by, entry: next })} />}
        <MapCanvas points={points} legend={legend} view={view} setView={setView} size={size} setSize={setSize} bright={bright} />
        <p className="text-xs text-muted">
          {w.map.how} {w.map.shownOf(format.number(points.length), format.number(told.catalogue_size))}
        </p>
      </div>
      <InView points={points} view={view} size={size} bright={bright} by={by} />
    </>
  );
}

function LegendKeys({ legend, chosen, onChoose }: { legend: Legend; chosen: number | null; onChoose: (entry: number | null) => void }) {
  const w = useWords();
  return (
    <ul aria-label={w.map.only} className="flex flex-wrap gap-2">
      {legend.entries.map((each, at) => (
        <li key={each.name}>
          <button
            type="button"
            aria-pressed={chosen === at}
            onClick={() => onChoose(chosen === at ? null : at)}
            className={`inline-flex min-h-9 items-center gap-2 rounded-full border px-3 text-sm ${chosen === at ? "border-ink" : "border-line hover:border-ink"} ${chosen !== null && chosen !== at ? "text-muted" : ""}`}
          >
            <span aria-hidden="true" className="size-3 rounded-full" style={{ background: each.colour }} />
            {plain(each.name)} <span className="text-xs text-muted tabular-nums">{each.count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface InViewProps {
  points: readonly Point[];
  view: View;
  size: Size;
  bright: (at: number) => boolean;
  by: string;
}

/** What the map shows, as a list: for those who do not see it, and for a file. */
function InView({ points, view, size, bright, by }: InViewProps) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  // The list follows when the hand rests; the map must not wait for it.
  const settled = useDeferredValue(view);
  const seen = useMemo(() => (size.width ? inView(points, settled, size).filter(bright) : []), [points, settled, size, bright]);
  const rows = seen.slice(0, MOST_LISTED).flatMap((at) => points[at] ?? []);
  const coloured: Column<Point>[] = by && by !== "price" ? [{ name: plain(by), value: (row) => row.values[by] ?? null, show: (row) => (row.values[by] ? plain(row.values[by]) : t.none) }] : [];
  return (
    <Section title={w.map.inView(seen.length)} note={w.map.inViewNote}>
      {rows.length ? (
        <Tall>
          <Table
            caption={w.map.inView(seen.length)}
            file="map-in-view"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { name: w.product, value: (row) => row.id, show: (row) => <ProductLink id={row.id} title={row.title} /> },
              { name: w.quality.price, value: (row) => row.price, show: (row) => (row.price === null ? t.none : format.money(row.price)), right: true },
              ...coloured,
            ]}
          />
        </Tall>
      ) : (
        <p className="text-sm text-muted">{w.map.nothing}</p>
      )}
    </Section>
  );
}
