import { useMemo, useState } from "react";
import { plain, useText } from "../text";
import { Select } from "../ui/Select";
import { Table } from "../ui/Table";
import { useAsked } from "./ask";
import { useConsoleFormats } from "./formats";
import { Answer } from "./parts/Answer";
import { Chart } from "./parts/Chart";
import { Notice } from "./parts/Notice";
import { Page, Section } from "./parts/Page";
import { Share } from "./parts/Share";
import { AsTable, Tall } from "./parts/Tall";
import { Tile, Tiles } from "./parts/Tile";
import { useWords } from "./text";
import type { Quality as Report, QuarantineReason } from "./types";

const PATH = "/api/v1/quality";

/** What came in at the last ingest, what was set aside, and what the data can carry. */
export default function Quality() {
  const w = useWords();
  const query = useAsked(PATH);
  return (
    <Page title={w.pages.quality} lead={w.quality.lead} path={PATH}>
      <Answer query={query}>
        {/* The document does not say what is in the report: it is the file that `parure ingest` wrote. */}
        {(answer) => <Told report={answer as unknown as Report} />}
      </Answer>
    </Page>
  );
}

function Told({ report }: { report: Report }) {
  return (
    <>
      <Figures report={report} />
      <SetAside report={report} />
      <Files report={report} />
      <Volumes report={report} />
      <Missing report={report} />
      <Repeats report={report} />
      <Prices report={report} />
    </>
  );
}

function Figures({ report }: { report: Report }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const { accounting, volumes, sparsity, repeat } = report;
  return (
    <Tiles>
      <Tile name={w.quality.rows} value={format.number(accounting.rows_accepted)} note={w.quality.ofRows(format.number(accounting.rows_in))} />
      <Tile name={w.quality.quarantined} value={format.number(accounting.rows_quarantined)} bad={accounting.rows_quarantined > 0} note={accounting.rows_quarantined ? "" : w.quality.nothingAside} />
      <Tile name={w.quality.days} value={format.number(volumes.days)} note={volumes.first && volumes.last ? `${format.day(volumes.first)} – ${format.day(volumes.last)}` : t.none} />
      <Tile name={w.quality.purchases} value={format.number(sparsity.purchases)} note={w.quality.purchasesNote(format.number(sparsity.customers), format.number(sparsity.products))} />
      <Tile name={w.quality.density} value={sparsity.density === null ? t.none : format.percent(sparsity.density, 2)} note={w.quality.densityNote} />
      <Tile name={w.quality.repeats} value={repeat.share === null ? t.none : format.percent(repeat.share, 1)} note={w.quality.repeatsNote} />
    </Tiles>
  );
}

function SetAside({ report }: { report: Report }) {
  const w = useWords();
  const format = useConsoleFormats();
  const { reasons } = report.quarantine;
  if (!reasons.length) return null;
  const first = (row: QuarantineReason) => row.samples[0];
  return (
    <Section title={w.quality.aside} note={w.quality.asideNote}>
      <Table
        caption={w.quality.aside}
        file="quarantine"
        rows={reasons}
        rowKey={(row) => `${row.table} ${row.reason}`}
        columns={[
          { name: w.quality.table, value: (row) => row.table },
          { name: w.reason, value: (row) => row.reason },
          { name: w.quality.rows, value: (row) => row.rows, show: (row) => format.number(row.rows), right: true },
          { name: w.quality.example, value: (row) => first(row)?.sentence ?? "", show: (row) => <span className="text-muted">{first(row)?.sentence}</span> },
          { name: w.quality.where, value: (row) => (first(row) ? `${first(row)?.file}:${first(row)?.line}` : "") },
        ]}
      />
    </Section>
  );
}

function Files({ report }: { report: Report }) {
  const w = useWords();
  const format = useConsoleFormats();
  return (
    <Section title={w.quality.files} note={w.quality.filesNote}>
      <Table
        caption={w.quality.files}
        file="files"
        rows={report.files}
        rowKey={(row) => `${row.table} ${row.file}`}
        columns={[
          { name: w.quality.file, value: (row) => row.file },
          { name: w.quality.table, value: (row) => row.table },
          { name: w.quality.rowsIn, value: (row) => row.rows_in, show: (row) => format.number(row.rows_in), right: true },
          { name: w.quality.rows, value: (row) => row.rows_accepted, show: (row) => format.number(row.rows_accepted), right: true },
          { name: w.quality.quarantined, value: (row) => row.rows_quarantined, show: (row) => <span className={row.rows_quarantined ? "font-medium text-bad" : ""}>{format.number(row.rows_quarantined)}</span>, right: true },
          { name: w.quality.absent, value: (row) => row.missing_columns.join(" ") || null },
          { name: w.quality.notes, value: (row) => row.notes.join(" ") || null },
        ]}
      />
    </Section>
  );
}

const VOLUMES = ["interactions", "orders", "lines"] as const;

function Volumes({ report }: { report: Report }) {
  const w = useWords();
  const format = useConsoleFormats();
  const [what, setWhat] = useState<(typeof VOLUMES)[number]>("interactions");
  const { weeks } = report.volumes;
  const x = useMemo(() => weeks.map((each) => new Date(each.week).getTime()), [weeks]);
  const lines = useMemo(() => [{ name: w.quality.volumes[what], values: weeks.map((each) => each[what]) }], [weeks, what, w]);
  if (!weeks.length) return null;
  return (
    <Section
      title={w.quality.weeks}
      note={w.quality.weeksNote}
      aside={
        <Select hideLabel label={w.quality.what} value={what} onChange={(value) => setWhat(VOLUMES.find((each) => each === value) ?? "orders")}>
          {VOLUMES.map((each) => (
            <option key={each} value={each}>
              {w.quality.volumes[each]}
            </option>
          ))}
        </Select>
      }
    >
      <Chart label={w.quality.weeksSeen(w.quality.volumes[what], weeks.length)} x={x} lines={lines} nameX={w.quality.week} showX={(value) => format.day(new Date(value).toISOString())} showY={format.compact} />
      <AsTable label={w.asTable}>
        <Table
          caption={w.quality.weeks}
          file="weeks"
          rows={weeks}
          rowKey={(row) => row.week}
          columns={[
            { name: w.quality.week, value: (row) => row.week, show: (row) => format.day(row.week) },
            ...VOLUMES.map((name) => ({ name: w.quality.volumes[name], value: (row: (typeof weeks)[number]) => row[name], show: (row: (typeof weeks)[number]) => format.number(row[name]), right: true })),
          ]}
        />
      </AsTable>
    </Section>
  );
}

function Missing({ report }: { report: Report }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const names = Object.keys(report.tables);
  const [chosen, setChosen] = useState(names.includes("products") ? "products" : (names[0] ?? ""));
  const table = report.tables[chosen];
  if (!table) return null;
  const columns = [...table.columns].sort((one, other) => (other.missing ?? -1) - (one.missing ?? -1));
  return (
    <Section
      title={w.quality.missing}
      note={w.quality.missingNote}
      aside={
        <Select label={w.quality.table} value={chosen} onChange={setChosen}>
          {names.map((each) => (
            <option key={each} value={each}>
              {each} ({format.number(report.tables[each]?.rows ?? 0)})
            </option>
          ))}
        </Select>
      }
    >
      {table.rows === 0 ? (
        <Notice title={w.quality.emptyTable(chosen)} />
      ) : (
        <Tall>
          <Table
            caption={w.quality.missingIn(chosen)}
            file={`missing-${chosen}`}
            rows={columns}
            rowKey={(row) => row.column}
            columns={[
              { name: w.quality.column, value: (row) => row.column, show: (row) => <code className="text-xs">{row.column}</code> },
              { name: w.quality.need, value: (row) => row.need, show: (row) => w.quality.needs[row.need] ?? row.need },
              { name: w.quality.missingRows, value: (row) => row.missing_rows, show: (row) => format.number(row.missing_rows), right: true },
              {
                name: w.quality.missingShare,
                value: (row) => row.missing,
                show: (row) => (row.missing === null ? t.none : <Share share={row.missing} tone={row.need === "required" ? "bad" : "muted"}>{format.percent(row.missing, 1)}</Share>),
                right: true,
              },
            ]}
          />
        </Tall>
      )}
    </Section>
  );
}

function Repeats({ report }: { report: Report }) {
  const w = useWords();
  const format = useConsoleFormats();
  const { categories } = report.repeat;
  if (!categories.length) return null;
  const most = Math.max(...categories.map((each) => each.share), 1e-9);
  return (
    <Section title={w.quality.again} note={w.quality.againNote}>
      <Table
        caption={w.quality.again}
        file="bought-again"
        rows={categories}
        rowKey={(row) => row.category}
        columns={[
          { name: w.category, value: (row) => row.category, show: (row) => plain(row.category) },
          { name: w.quality.purchases, value: (row) => row.purchases, show: (row) => format.number(row.purchases), right: true },
          { name: w.quality.ofThese, value: (row) => row.repeats, show: (row) => format.number(row.repeats), right: true },
          { name: w.share, value: (row) => row.share, show: (row) => <Share share={row.share / most}>{format.percent(row.share, 1)}</Share>, right: true },
        ]}
      />
    </Section>
  );
}

function Prices({ report }: { report: Report }) {
  const w = useWords();
  const format = useConsoleFormats();
  const { histogram, quantiles } = report.prices;
  const x = useMemo(() => histogram.map((each) => Math.sqrt(each.from * each.to)), [histogram]);
  const lines = useMemo(() => [{ name: w.products, values: histogram.map((each) => each.products) }], [histogram, w]);
  if (!histogram.length) return null;
  const money = (value: number) => format.money(value, true);
  return (
    <Section title={w.quality.prices} note={w.quality.pricesNote(money(quantiles["p10"] ?? 0), money(quantiles["p50"] ?? 0), money(quantiles["p90"] ?? 0))}>
      <Chart label={w.quality.pricesSeen} x={x} lines={lines} nameX={w.quality.price} showX={money} showY={format.compact} shape="bars" logX />
      <AsTable label={w.asTable}>
        <Table
          caption={w.quality.prices}
          file="prices"
          rows={histogram}
          rowKey={(row) => String(row.from)}
          columns={[
            { name: w.quality.from, value: (row) => row.from, show: (row) => format.money(row.from), right: true },
            { name: w.quality.to, value: (row) => row.to, show: (row) => format.money(row.to), right: true },
            { name: w.products, value: (row) => row.products, right: true },
          ]}
        />
      </AsTable>
    </Section>
  );
}
