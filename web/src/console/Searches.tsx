import { useMemo } from "react";
import { Link } from "wouter";
import { useAddress } from "../app/address";
import { useText } from "../text";
import { Select } from "../ui/Select";
import { Table, type Column } from "../ui/Table";
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
import type { SearchedQuery, Searches as Told } from "./types";

const PATH = "/api/v1/searches";
const DAYS = [1, 7, 30, 90];

/** What customers look for, and what they do not find. */
export default function Searches() {
  const w = useWords();
  const { params, patch } = useAddress();
  const days = DAYS.find((each) => String(each) === params.get("days")) ?? 7;
  const asked = { query: { days, n: 100 } };
  const query = useAsked(PATH, asked, { everyMs: 30_000 });
  return (
    <Page
      title={w.pages.searches}
      lead={w.searches.lead}
      path={PATH}
      asked={asked}
      aside={
        <Select label={w.overview.period} value={String(days)} onChange={(value) => patch({ days: value }, { replace: true })}>
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {w.overview.days(each)}
            </option>
          ))}
        </Select>
      }
    >
      <Answer query={query}>
        {(told) => (
          <>
            {!told.counting && <Notice title={w.searches.notCounting}>{w.searches.notCountingNote}</Notice>}
            <Figures told={told} />
            {told.days.length > 1 && <Days told={told} />}
            <Queries title={w.searches.missed} note={w.searches.missedNote} none={w.searches.noneMissed} file="searches-without-result" rows={told.without_result} missed />
            <Queries title={w.searches.top} note={w.searches.topNote} none={w.searches.noSearch} file="searches" rows={told.top} />
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
  const missed = told.days.reduce((sum, each) => sum + each.without_result, 0);
  return (
    <Tiles>
      <Tile name={w.searches.searches} value={format.number(told.searches)} />
      <Tile name={w.searches.withoutResult} value={told.searches ? format.percent(missed / told.searches, 1) : t.none} note={told.searches ? w.searches.times(format.number(missed)) : ""} />
      <Tile name={w.searches.notListed} value={format.number(told.not_listed)} note={w.searches.notListedNote} />
    </Tiles>
  );
}

function Days({ told }: { told: Told }) {
  const w = useWords();
  const format = useConsoleFormats();
  const x = useMemo(() => told.days.map((each) => new Date(each.day).getTime()), [told]);
  const lines = useMemo(
    () => [
      { name: w.searches.searches, values: told.days.map((each) => each.searches) },
      { name: w.searches.withoutResult, values: told.days.map((each) => each.without_result) },
    ],
    [told, w],
  );
  return (
    <Section title={w.overview.byDay}>
      <Chart label={w.searches.daysSeen(format.number(told.searches), told.days.length)} x={x} lines={lines} nameX={w.overview.day} showX={(value) => format.day(new Date(value).toISOString())} showY={format.compact} height={200} />
      <AsTable label={w.asTable}>
        <Table
          caption={w.overview.byDay}
          file="searches-by-day"
          rows={told.days}
          rowKey={(row) => row.day}
          columns={[
            { name: w.overview.day, value: (row) => row.day, show: (row) => format.day(row.day) },
            { name: w.searches.searches, value: (row) => row.searches, right: true },
            { name: w.searches.withoutResult, value: (row) => row.without_result, right: true },
          ]}
        />
      </AsTable>
    </Section>
  );
}

interface QueriesProps {
  title: string;
  note: string;
  none: string;
  file: string;
  rows: readonly SearchedQuery[];
  missed?: boolean;
}

function Queries({ title, note, none, file, rows, missed = false }: QueriesProps) {
  const w = useWords();
  const format = useConsoleFormats();
  const count = (row: SearchedQuery) => (missed ? row.without_result : row.searches);
  const most = Math.max(...rows.map(count), 1);
  const columns: Column<SearchedQuery>[] = [
    { name: w.searches.query, value: (row) => row.query, show: (row) => <Query query={row.query} /> },
    { name: missed ? w.searches.withoutResult : w.searches.searches, value: count, show: (row) => <Share share={count(row) / most} tone={missed ? "bad" : "accent"}>{format.number(count(row))}</Share>, right: true },
    missed
      ? { name: w.searches.ofSearches, value: (row) => row.searches, show: (row) => format.number(row.searches), right: true }
      : { name: w.searches.withoutResult, value: (row) => row.without_result, show: (row) => format.number(row.without_result), right: true },
    { name: w.searches.meanResults, value: (row) => row.mean_results, show: (row) => format.number(row.mean_results, 1), right: true },
    { name: w.searches.meanMs, value: (row) => row.mean_ms, show: (row) => format.ms(row.mean_ms), right: true },
  ];
  return (
    <Section title={title} note={note}>
      {rows.length ? (
        <Tall>
          <Table caption={title} file={file} rows={rows} rowKey={(row) => row.query} columns={columns} />
        </Tall>
      ) : (
        <p className="text-sm text-muted">{none}</p>
      )}
    </Section>
  );
}

/** The words as a link to what they find; what the server put in place of words is none. */
function Query({ query }: { query: string }) {
  const w = useWords();
  const stand = w.searches.stands[query];
  if (stand) return <span className="text-muted">{stand}</span>;
  return (
    <Link href={`/search?q=${encodeURIComponent(query)}`} className="text-accent underline-offset-4 hover:underline">
      {query}
    </Link>
  );
}
