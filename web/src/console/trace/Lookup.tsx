import { useState } from "react";
import { useConsoleFormats } from "../formats";
import { Field } from "../parts/Field";
import { useWords } from "../text";
import type { Trace } from "../types";

/** Where one product went: found by whom, dropped by which rule, below the pool, or at which place. */
export function Lookup({ told }: { told: Trace }) {
  const w = useWords();
  const format = useConsoleFormats();
  const [typed, setTyped] = useState("");
  const id = typed.trim();
  const found = told.sources.flatMap((each) => each.found.filter((one) => one.item_id === id).map((one) => w.trace.where.found(each.source, one.rank, format.figure(one.score))));
  const forbidden = told.forbidden.filter((each) => each.first.includes(id)).map((each) => w.trace.where.forbidden(each.rule, each.reason));
  const steps = told.steps.flatMap((step) =>
    step.items
      .filter((each) => each.item_id === id)
      .map((each) => {
        if (each.to === null) return w.trace.where.removed(step.rule, step.reason, each.place);
        if (each.factor !== null) return w.trace.where.reweighed(step.rule, step.reason, format.number(each.factor, 3));
        return w.trace.where.moved(step.rule, step.reason, each.place, each.to);
      }),
  );
  const below = told.merged.first_below.includes(id) ? [w.trace.where.below] : [];
  const last = [...told.final, ...(told.filled?.items ?? [])].find((each) => each.item_id === id);
  const end = last ? [last.shown ? w.trace.where.shown(last.place) : w.trace.where.left(last.place)] : [];
  const lines = [...forbidden, ...found, ...below, ...steps, ...end];
  const many = told.forbidden.some((each) => each.count > each.first.length);
  return (
    <div className="max-w-2xl">
      <Field label={w.trace.findLabel} placeholder="P00014" value={typed} onChange={(event) => setTyped(event.target.value)} className="max-w-xs" />
      <div role="status" className="mt-3 text-sm">
        {id && lines.length > 0 && (
          <ol className="list-inside list-decimal space-y-1">
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ol>
        )}
        {id && !lines.length && <p className="text-muted">{many ? w.trace.where.nowhereMaybe : w.trace.where.nowhere}</p>}
      </div>
    </div>
  );
}
