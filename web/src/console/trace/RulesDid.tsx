import { Tag } from "../../ui/Chip";
import { Table } from "../../ui/Table";
import { useConsoleFormats } from "../formats";
import { ProductLink } from "../parts/ProductLink";
import { AsTable } from "../parts/Tall";
import { useWords } from "../text";
import type { Step, Trace } from "../types";

interface Did {
  rule: string;
  reason: string;
  effect: string;
  count: number;
  first: { item_id: string; note: string }[];
}

const FIRST = 4;

/** What every rule did and why, what it dropped first; below, each product that was dropped with its rule. */
export function RulesDid({ told }: { told: Trace }) {
  const w = useWords();
  const format = useConsoleFormats();
  const steps = [...told.steps, ...(told.filled?.steps ?? [])];
  const noted = (step: Step) =>
    step.items.map((each) => ({
      item_id: each.item_id,
      note: each.factor !== null ? `× ${format.number(each.factor, 3)}` : each.to === null ? "" : `${each.place} → ${each.to}`,
    }));
  const did: Did[] = [
    ...told.forbidden.map((each) => ({ rule: each.rule, reason: each.reason, effect: "forbids", count: each.count, first: each.first.map((item_id) => ({ item_id, note: "" })) })),
    ...steps.map((step) => ({ rule: step.rule, reason: step.reason, effect: step.effect, count: step.items.length, first: noted(step) })),
  ];
  const dropped = steps.filter((step) => step.effect === "removes").flatMap((step) => step.items.map((each) => ({ ...each, rule: step.rule, reason: step.reason })));
  return (
    <div className="space-y-4">
      {did.length > 0 && (
        <Table
          caption={w.trace.rules}
          file="rules"
          rows={did}
          rowKey={(row) => `${row.rule} ${row.reason} ${row.effect}`}
          columns={[
            { name: w.trace.rule, value: (row) => row.rule, show: (row) => <span className="font-medium">{row.rule}</span> },
            { name: w.reason, value: (row) => row.reason, show: (row) => <code className="text-xs">{row.reason}</code> },
            { name: w.trace.did, value: (row) => row.effect, show: (row) => w.effects[row.effect] ?? row.effect },
            { name: w.products, value: (row) => row.count, show: (row) => format.number(row.count), right: true },
            {
              name: w.trace.first,
              value: (row) => row.first.map((each) => each.item_id).join(" "),
              show: (row) => (
                <span className="flex min-w-72 flex-wrap gap-x-4">
                  {row.first.slice(0, FIRST).map((each) => (
                    <span key={each.item_id} className="inline-flex items-center gap-1.5 whitespace-nowrap">
                      <ProductLink id={each.item_id} />
                      {each.note && <span className="text-xs text-muted">{each.note}</span>}
                    </span>
                  ))}
                </span>
              ),
            },
          ]}
        />
      )}
      {dropped.length > 0 && (
      <AsTable label={w.trace.dropped(dropped.length)}>
        <Table
          caption={w.trace.dropped(dropped.length)}
          file="dropped"
          rows={dropped}
          rowKey={(row) => row.item_id}
          columns={[
            { name: w.product, value: (row) => row.item_id, show: (row) => <ProductLink id={row.item_id} /> },
            { name: w.trace.wasAt, value: (row) => row.place, right: true },
            { name: w.trace.rule, value: (row) => row.rule },
            { name: w.reason, value: (row) => row.reason, show: (row) => <code className="text-xs">{row.reason}</code> },
          ]}
        />
      </AsTable>
      )}
      {told.idle.length > 0 && (
        <p className="flex flex-wrap items-center gap-1.5 text-sm text-muted">
          {w.trace.idle}
          {told.idle.map((each) => (
            <Tag key={each}>{each}</Tag>
          ))}
        </p>
      )}
    </div>
  );
}
