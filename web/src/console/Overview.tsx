import { useMemo } from "react";
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
import { AsTable } from "./parts/Tall";
import { Tile, Tiles } from "./parts/Tile";
import { useWords } from "./text";
import type { Overview as Told, RouteLatency, SurfaceDay } from "./types";

const PATH = "/api/v1/overview";
const EVERY_MS = 15_000;
const MINUTES = [60, 180, 720, 1440];
const DAYS = [1, 7, 30, 90];

/** What an operator looks at first: whether events come, what becomes of recommendations, and how the server does. */
export default function Overview() {
  const w = useWords();
  const { params, patch } = useAddress();
  const minutes = oneOf(MINUTES, params.get("minutes"), 60);
  const days = oneOf(DAYS, params.get("days"), 7);
  const asked = { query: { minutes, days } };
  const query = useAsked(PATH, asked, { everyMs: EVERY_MS });
  return (
    <Page title={w.pages.overview} lead={w.overview.lead} path={PATH} asked={asked} aside={<Updated at={query.dataUpdatedAt} />}>
      <Answer query={query}>
        {(told) => (
          <>
            <Figures told={told} />
            <Refused told={told} />
            <Section
              title={w.overview.events}
              note={w.overview.eventsNote}
              aside={
                <Select label={w.overview.period} value={String(minutes)} onChange={(value) => patch({ minutes: value }, { replace: true })}>
                  {MINUTES.map((each) => (
                    <option key={each} value={each}>
                      {w.overview.hours(each / 60)}
                    </option>
                  ))}
                </Select>
              }
            >
              <Events told={told} />
            </Section>
            <Section
              title={w.overview.surfaces}
              note={w.overview.surfacesNote}
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
              <Surfaces days={told.surfaces} />
            </Section>
            <Section title={w.overview.latency} note={w.overview.latencyNote(told.worker)}>
              <Latencies latencies={told.latencies} />
            </Section>
            <Errors errors={told.errors} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function oneOf(choices: readonly number[], given: string | null, usual: number): number {
  return choices.find((each) => String(each) === given) ?? usual;
}

function Updated({ at }: { at: number }) {
  const w = useWords();
  const format = useConsoleFormats();
  return at ? <p className="text-sm text-muted">{w.overview.updated(format.clock(at))}</p> : null;
}

function Figures({ told }: { told: Told }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const known = told.events_per_minute.filter((each) => each !== null);
  const { cache } = told;
  return (
    <Tiles>
      <Tile name={w.overview.lately(told.events_per_minute.length / 60)} value={known.length ? format.number(known.reduce((sum, each) => sum + each, 0)) : t.none} note={known.length ? "" : w.overview.noEvent} />
      <Tile name={w.overview.waiting} value={format.number(told.waiting_events)} note={w.overview.waitingNote} />
      <Tile name={w.overview.cache} value={cache.hit_rate === null ? t.none : format.percent(cache.hit_rate)} note={w.overview.cacheNote(format.number(cache.hits), format.number(cache.hits + cache.misses), format.number(cache.entries))} />
      <Tile name={w.overview.bundle} value={format.span(told.bundle_age_s)} note={told.bundle_version} />
    </Tiles>
  );
}

function Refused({ told }: { told: Told }) {
  const w = useWords();
  const refused = Object.entries(told.refused_bundles);
  if (!refused.length) return null;
  return (
    <Notice bad title={w.overview.refused}>
      {refused.map(([version, why]) => (
        <p key={version}>
          {version}: {why}
        </p>
      ))}
    </Notice>
  );
}

function Events({ told }: { told: Told }) {
  const w = useWords();
  const format = useConsoleFormats();
  const first = new Date(told.first_minute).getTime();
  const rows = told.events_per_minute.map((events, place) => ({ at: new Date(first + place * 60_000).toISOString(), events }));
  const x = useMemo(() => told.events_per_minute.map((_, place) => first + place * 60_000), [told, first]);
  const lines = useMemo(() => [{ name: w.overview.events, values: told.events_per_minute }], [told, w]);
  const known = told.events_per_minute.filter((each) => each !== null);
  if (!known.length) return <p className="rounded-xl border border-line bg-panel p-6 text-sm text-muted">{w.overview.noEvent}</p>;
  const most = Math.max(...known);
  return (
    <>
      <Chart
        label={w.overview.eventsSeen(format.number(known.reduce((sum, each) => sum + each, 0)), format.number(most))}
        x={x}
        lines={lines}
        nameX={w.overview.time}
        showX={format.clock}
        showY={format.compact}
      />
      <AsTable label={w.asTable}>
        <Table
          caption={w.overview.events}
          file="events-per-minute"
          rows={rows}
          rowKey={(row) => row.at}
          columns={[
            { name: w.overview.time, value: (row) => row.at, show: (row) => format.moment(row.at) },
            { name: w.overview.events, value: (row) => row.events, right: true },
          ]}
        />
      </AsTable>
    </>
  );
}

interface SurfaceSum {
  surface: string;
  impressions: number;
  clicks: number;
  carts: number;
  purchases: number;
}

function sumsOf(days: readonly SurfaceDay[]): SurfaceSum[] {
  const sums = new Map<string, SurfaceSum>();
  for (const day of days) {
    const sum = sums.get(day.surface) ?? { surface: day.surface, impressions: 0, clicks: 0, carts: 0, purchases: 0 };
    sum.impressions += day.impressions;
    sum.clicks += day.clicks;
    sum.carts += day.carts;
    sum.purchases += day.purchases;
    sums.set(day.surface, sum);
  }
  return [...sums.values()].sort((one, other) => other.impressions - one.impressions);
}

function Surfaces({ days }: { days: readonly SurfaceDay[] }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const sums = sumsOf(days);
  if (!sums.length) return <p className="rounded-xl border border-line bg-panel p-6 text-sm text-muted">{w.overview.noSurface}</p>;
  const counted = ["impressions", "clicks", "carts", "purchases"] as const;
  const counts: Column<SurfaceSum>[] = counted.map((name) => ({ name: w.overview.counts[name], value: (row) => row[name], show: (row) => format.number(row[name]), right: true }));
  const rates: Column<SurfaceSum>[] = (["clicks", "carts", "purchases"] as const).map((name) => {
    // Nothing shown is not nothing clicked: there is no rate then.
    const rate = (row: SurfaceSum) => (row.impressions ? row[name] / row.impressions : null);
    const most = Math.max(...sums.map((row) => rate(row) ?? 0), 1e-9);
    return {
      name: w.overview.rates[name],
      value: rate,
      right: true,
      show: (row) => {
        const value = rate(row);
        return value === null ? t.none : <Share share={value / most}>{format.percent(value, 2)}</Share>;
      },
    };
  });
  const where: Column<{ surface: string }> = { name: w.surface, value: (row) => row.surface, show: (row) => <span className="whitespace-nowrap">{w.surfaces[row.surface] ?? row.surface}</span> };
  return (
    <>
      <Table caption={w.overview.surfaces} file="surfaces" rows={sums} rowKey={(row) => row.surface} columns={[where, ...counts, ...rates]} />
      <AsTable label={w.overview.byDay}>
        <Table
          caption={w.overview.byDay}
          file="surfaces-by-day"
          rows={[...days].reverse()}
          rowKey={(row) => `${row.day} ${row.surface}`}
          columns={[
            { name: w.overview.day, value: (row) => row.day, show: (row) => format.day(row.day) },
            where,
            ...counted.map((name): Column<SurfaceDay> => ({ name: w.overview.counts[name], value: (row) => row[name], show: (row) => format.number(row[name]), right: true })),
            ...([["clicks", "click_rate"], ["carts", "cart_rate"], ["purchases", "purchase_rate"]] as const).map(
              ([name, key]): Column<SurfaceDay> => ({ name: w.overview.rates[name], value: (row) => row[key], show: (row) => (row[key] === null ? t.none : format.percent(row[key], 2)), right: true }),
            ),
          ]}
        />
      </AsTable>
    </>
  );
}

function Latencies({ latencies }: { latencies: readonly RouteLatency[] }) {
  const w = useWords();
  const format = useConsoleFormats();
  const slowest = Math.max(...latencies.map((each) => each.p99_ms), 1e-9);
  const quantile = (name: string, key: "p50_ms" | "p90_ms" | "p99_ms"): Column<RouteLatency> => ({ name, value: (row) => row[key], show: (row) => format.ms(row[key]), right: true });
  return (
    <Table
      caption={w.overview.latency}
      file="latency"
      rows={latencies}
      rowKey={(row) => `${row.method} ${row.route}`}
      columns={[
        { name: w.overview.route, value: (row) => `${row.method} ${row.route}`, show: (row) => <code className="text-xs whitespace-nowrap">{row.method} {row.route.replace("/api/v1", "")}</code> },
        { name: w.overview.requests, value: (row) => row.requests, show: (row) => format.number(row.requests), right: true },
        { name: w.overview.failed, value: (row) => row.failed, show: (row) => <span className={row.failed ? "font-medium text-bad" : ""}>{format.number(row.failed)}</span>, right: true },
        quantile("p50", "p50_ms"),
        quantile("p90", "p90_ms"),
        { ...quantile("p99", "p99_ms"), show: (row) => <Share share={row.p99_ms / slowest}>{format.ms(row.p99_ms)}</Share> },
      ]}
    />
  );
}

function Errors({ errors }: { errors: Record<string, number> }) {
  const w = useWords();
  const format = useConsoleFormats();
  const rows = Object.entries(errors);
  return (
    <Section title={w.overview.errors} note={rows.length ? w.overview.errorsNote : w.overview.noErrors}>
      {rows.length > 0 && (
        <Table
          caption={w.overview.errors}
          file="errors"
          rows={rows}
          rowKey={([code]) => code}
          columns={[
            { name: w.overview.code, value: ([code]) => code, show: ([code]) => <code className="text-xs">{code}</code> },
            { name: w.count, value: ([, count]) => count, show: ([, count]) => format.number(count), right: true },
          ]}
        />
      )}
    </Section>
  );
}
