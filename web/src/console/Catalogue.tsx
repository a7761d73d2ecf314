import { useMemo } from "react";
import { useModels } from "../api/hooks";
import { useAddress } from "../app/address";
import { plain, useText } from "../text";
import { Select } from "../ui/Select";
import { Table, type Column } from "../ui/Table";
import { useAsked } from "./ask";
import { useConsoleFormats } from "./formats";
import { Answer } from "./parts/Answer";
import { Chart } from "./parts/Chart";
import { Page, Section } from "./parts/Page";
import { Share } from "./parts/Share";
import { AsTable, Tall } from "./parts/Tall";
import { Tile, Tiles } from "./parts/Tile";
import { useWords } from "./text";
import type { CategoryShare, Catalogue as Told, Spread } from "./types";

const PATH = "/api/v1/catalogue";

/** How much of the catalogue is sold, recommended and shown, and how unevenly. */
export default function Catalogue() {
  const w = useWords();
  const { params, patch } = useAddress();
  const surface = params.get("surface") ?? "";
  const asked = { query: { surface: surface || null } };
  const query = useAsked(PATH, asked);
  const surfaces = [...new Set((useModels().data?.models ?? []).map((each) => each.surface).filter((each) => each !== null))];
  return (
    <Page
      title={w.pages.catalogue}
      lead={w.catalogue.lead}
      path={PATH}
      asked={asked}
      aside={
        <Select label={w.catalogue.recommendedAt} value={surface} onChange={(value) => patch({ surface: value || null }, { replace: true })}>
          <option value="">{w.catalogue.main}</option>
          {surfaces.map((each) => (
            <option key={each} value={each}>
              {w.surfaces[each] ?? each}
            </option>
          ))}
        </Select>
      }
    >
      <Answer query={query}>
        {(told) => (
          <>
            <Figures told={told} />
            <Section title={w.catalogue.spread} note={w.catalogue.spreadNote(told.recipe, told.customers, told.k)}>
              <Spreads told={told} />
            </Section>
            <Curve told={told} />
            <Section title={w.catalogue.categories} note={w.catalogue.categoriesNote}>
              <Categories told={told} />
            </Section>
          </>
        )}
      </Answer>
    </Page>
  );
}

function Figures({ told }: { told: Told }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const share = (spread: Spread | null) => (spread?.coverage === null || spread === null ? t.none : format.percent(spread.coverage, 1));
  return (
    <Tiles>
      <Tile name={w.products} value={format.number(told.items)} note={w.catalogue.everBought(format.number(told.ever_bought))} />
      <Tile name={w.catalogue.coverage} value={share(told.recommended)} note={w.catalogue.coverageNote} />
      <Tile name={w.catalogue.shownShare} value={share(told.shown)} note={told.shown ? w.catalogue.shownNote : w.catalogue.nothingShown} />
      <Tile name={w.catalogue.tail} value={format.number(told.tail_items)} note={w.catalogue.tailNote} />
    </Tiles>
  );
}

function spreadsOf(told: Told, words: { sold: string; recommended: string; shown: string }): { name: string; spread: Spread }[] {
  const all = [
    { name: words.sold, spread: told.sold },
    { name: words.recommended, spread: told.recommended },
    { name: words.shown, spread: told.shown },
  ];
  return all.flatMap(({ name, spread }) => (spread ? [{ name, spread }] : []));
}

function Spreads({ told }: { told: Told }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  type Row = ReturnType<typeof spreadsOf>[number];
  const percent = (name: string, key: "coverage" | "tail_share"): Column<Row> => ({
    name,
    value: (row) => row.spread[key],
    show: (row) => (row.spread[key] === null ? t.none : <Share share={row.spread[key]}>{format.percent(row.spread[key], 1)}</Share>),
    right: true,
  });
  return (
    <Table
      caption={w.catalogue.spread}
      file="spread"
      rows={spreadsOf(told, w.catalogue.kinds)}
      rowKey={(row) => row.name}
      columns={[
        { name: w.catalogue.what, value: (row) => row.name, show: (row) => <span className="font-medium whitespace-nowrap">{row.name}</span> },
        { name: w.count, value: (row) => row.spread.total, show: (row) => format.number(row.spread.total), right: true },
        { name: w.products, value: (row) => row.spread.covered, show: (row) => format.number(row.spread.covered), right: true },
        percent(w.catalogue.coverage, "coverage"),
        percent(w.catalogue.tailShare, "tail_share"),
        { name: w.catalogue.gini, value: (row) => row.spread.gini, show: (row) => (row.spread.gini === null ? t.none : format.number(row.spread.gini, 2)), right: true },
      ]}
    />
  );
}

function Curve({ told }: { told: Told }) {
  const w = useWords();
  const format = useConsoleFormats();
  const spreads = useMemo(() => spreadsOf(told, w.catalogue.kinds).filter(({ spread }) => spread.curve), [told, w]);
  const x = useMemo(() => Array.from({ length: 101 }, (_, percent) => percent / 100), []);
  const lines = useMemo(() => spreads.map(({ name, spread }) => ({ name, values: spread.curve ?? [] })), [spreads]);
  if (!lines.length) return null;
  const tenth = lines.map((line) => w.catalogue.curvePoint(line.name, format.percent(line.values[10] ?? 0))).join(" ");
  return (
    <Section title={w.catalogue.curve} note={w.catalogue.curveNote}>
      <Chart label={`${w.catalogue.curve}. ${tenth}`} x={x} lines={lines} nameX={w.catalogue.bestProducts} showX={(value) => format.percent(value)} showY={(value) => format.percent(value)} height={300} />
      <p className="mt-2 text-sm text-muted">{tenth}</p>
      <AsTable label={w.asTable}>
        <Table
          caption={w.catalogue.curve}
          file="popularity-curve"
          rows={x}
          rowKey={String}
          columns={[
            { name: w.catalogue.bestProducts, value: (row) => row, show: (row) => format.percent(row), right: true },
            ...lines.map((line): Column<number> => ({ name: line.name, value: (row) => line.values[Math.round(row * 100)] ?? null, show: (row) => format.percent(line.values[Math.round(row * 100)] ?? 0, 1), right: true })),
          ]}
        />
      </AsTable>
    </Section>
  );
}

function Categories({ told }: { told: Told }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const totals = { items: told.items, sold: told.sold.total, recommended: told.recommended.total, shown: told.shown?.total ?? 0 };
  const part = (name: string, key: keyof typeof totals): Column<CategoryShare> => ({
    name,
    value: (row) => row[key] ?? null,
    show: (row) => {
      const count = row[key] ?? null;
      return count === null || !totals[key] ? t.none : <Share share={count / totals[key]}>{format.percent(count / totals[key], 1)}</Share>;
    },
    right: true,
  });
  return (
    <Tall>
      <Table
        caption={w.catalogue.categories}
        file="categories"
        rows={told.categories}
        rowKey={(row) => row.category ?? ""}
        columns={[
          { name: w.category, value: (row) => row.category, show: (row) => <span className="font-medium">{row.category === null ? w.catalogue.noCategory : plain(row.category)}</span> },
          { name: w.products, value: (row) => row.items, show: (row) => format.number(row.items), right: true },
          { name: w.catalogue.bought, value: (row) => row.ever_bought, show: (row) => format.number(row.ever_bought), right: true },
          part(w.catalogue.ofCatalogue, "items"),
          part(w.catalogue.kinds.sold, "sold"),
          part(w.catalogue.kinds.recommended, "recommended"),
          part(w.catalogue.kinds.shown, "shown"),
        ]}
      />
    </Tall>
  );
}
