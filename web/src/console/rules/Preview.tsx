import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { plain, useText } from "../../text";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { Table, type Column } from "../../ui/Table";
import { ask, tellServer } from "../ask";
import { useConsoleFormats } from "../formats";
import { Choice } from "../parts/Choice";
import { Notice } from "../parts/Notice";
import { useWords } from "../text";
import type { PreviewFigure, PreviewFigures, PreviewJob } from "../types";
import { Interval } from "./Interval";

const WEEKS = [1, 2, 4, 8];
const POLL_MS = 700;
const ALL = "all rules";

/** Tries the rules on past weeks: what each of them costs and brings. */
export function Preview({ recipe, given }: { recipe: string; given: Record<string, unknown>[] }) {
  const w = useWords();
  const [weeks, setWeeks] = useState("1");
  const asked = JSON.stringify(given);
  const start = useMutation({
    mutationFn: async () => ({ job: await tellServer("/api/v1/rules/preview", {}, { recipe, rules: given, weeks: Number(weeks) }), asked }),
  });
  const id = start.data?.job.id ?? "";
  const poll = useQuery({
    queryKey: ["console", "preview", id],
    enabled: id !== "",
    queryFn: ({ signal }) => ask("/api/v1/rules/preview/{job_id}", { path: { job_id: id } }, signal),
    refetchInterval: (query) => (query.state.data?.state === "running" || !query.state.data ? POLL_MS : false),
  });
  const job = poll.data ?? start.data?.job;
  const running = start.isPending || job?.state === "running";
  const error = start.error ?? poll.error;
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-end gap-3">
        <Choice label={w.rules.weeks} value={weeks} onChange={setWeeks} className="w-44">
          {WEEKS.map((each) => (
            <option key={each} value={each}>
              {w.rules.weekCount(each)}
            </option>
          ))}
        </Choice>
        <Button disabled={running} onClick={() => start.mutate()}>
          {running ? w.rules.previewing : w.rules.preview}
        </Button>
      </div>
      {error && <Problem error={error} onRetry={() => (start.error ? start.mutate() : void poll.refetch())} />}
      {running && <Progress job={job} />}
      {job?.error && (
        <Notice bad title={job.error.message}>
          {job.error.hint}
        </Notice>
      )}
      {job?.figures && !running && (
        <>
          {start.data?.asked !== asked && <Notice title={w.rules.stale} />}
          <Figures told={job.figures} />
        </>
      )}
    </div>
  );
}

function Progress({ job }: { job: PreviewJob | undefined }) {
  const w = useWords();
  const format = useConsoleFormats();
  const share = job?.progress ?? 0;
  return (
    <div role="status" className="rounded-xl border border-line bg-panel p-4 text-sm">
      <p>
        {format.percent(share)} {job?.step || w.rules.beginning}
      </p>
      <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-line" aria-hidden="true">
        <div className="h-full bg-accent transition-all" style={{ width: `${Math.max(share, 0.02) * 100}%` }} />
      </div>
    </div>
  );
}

type Row = PreviewFigures["rules"][number];

function Figures({ told }: { told: PreviewFigures }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const whole = told.rules.find((each) => each.rule === ALL)?.figures ?? [];
  const metrics = whole.map((each) => each.metric);
  const of = (row: Row, metric: string) => row.figures.find((each) => each.metric === metric);
  const show = (metric: string, value: number, signed: boolean) => {
    const sign = signed && value > 0 ? "+" : "";
    if (metric === "coverage" || metric === "changed") return sign + format.percent(value, 1);
    return sign + (metric === "ndcg" ? format.number(value, 4) : format.money(value, Math.abs(value) >= 1000));
  };
  /** The widest interval of a column sets the scale of its bars, so that rules can be compared. */
  const widest = (metric: string) => Math.max(...told.rules.flatMap((row) => [of(row, metric)?.low, of(row, metric)?.high, of(row, metric)?.difference].map((each) => Math.abs(each ?? 0))), 1e-9);
  const column = (metric: string): Column<Row> => ({
    name: w.rules.metrics[metric] ?? metric,
    right: true,
    value: (row) => of(row, metric)?.difference ?? null,
    show: (row) => {
      const figure = of(row, metric);
      if (!figure || figure.difference === null) return t.none;
      if (metric === "changed") return format.percent(figure.difference, 1);
      return <Difference figure={figure} scale={widest(metric)} show={(value) => show(metric, value, true)} />;
    },
  });
  return (
    <div className="space-y-5">
      <p className="text-sm text-muted" role="status">
        {w.rules.basis(format.number(told.occasions), format.number(told.judged), told.k, w.rules.counted[told.counted] ?? told.counted)}
      </p>
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {whole
          .filter((each) => each.metric !== "changed" && each.with_rule !== null)
          .map((each) => (
            <div key={each.metric} className="rounded-xl border border-line bg-panel p-4">
              <dt className="text-sm text-muted">{w.rules.metrics[each.metric] ?? each.metric}</dt>
              <dd className="mt-1 text-xl tabular-nums">{show(each.metric, each.with_rule ?? 0, false)}</dd>
              <dd className="mt-1 text-xs text-muted">{w.rules.without(each.without_rule === null ? t.none : show(each.metric, each.without_rule, false))}</dd>
            </div>
          ))}
      </dl>
      <Table
        caption={w.rules.brings}
        file={`preview-${told.recipe}`}
        rows={told.rules}
        rowKey={(row) => row.rule}
        columns={[{ name: w.trace.rule, value: (row) => row.rule, show: (row) => <span className="font-medium whitespace-nowrap">{row.rule === ALL ? w.rules.allRules : plain(row.rule)}</span> }, ...metrics.map(column)]}
      />
      <p className="text-xs text-muted">{w.rules.bringsNote}</p>
    </div>
  );
}

function Difference({ figure, scale, show }: { figure: PreviewFigure; scale: number; show: (value: number) => string }) {
  const w = useWords();
  const { difference, low, high } = figure;
  if (difference === null) return null;
  const nothing = Math.abs(difference) < 1e-9 && Math.abs(low ?? 0) < 1e-9 && Math.abs(high ?? 0) < 1e-9;
  if (nothing) return <span className="text-muted">{w.rules.nothing}</span>;
  return (
    <span className="flex items-center justify-end gap-3">
      {low !== null && high !== null && <Interval low={low} high={high} value={difference} scale={scale} label={w.rules.interval(show(low), show(high))} />}
      <span className="min-w-18 tabular-nums whitespace-nowrap">{show(difference)}</span>
    </span>
  );
}
