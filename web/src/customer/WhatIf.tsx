import { useState } from "react";
import { Link } from "wouter";
import { useModels } from "../api/hooks";
import type { RecommendedItem } from "../api/types";
import { useText } from "../text";
import { Picture } from "../ui/Picture";
import { Problem } from "../ui/Problem";
import { Select } from "../ui/Select";
import { useWhatIf } from "./hooks";
import { Section } from "./Section";
import type { HistoryEvent } from "./types";

const MOST = 40;

/** What changes if a product is left out of the history. */
export function WhatIf({ events }: { events: readonly HistoryEvent[] }) {
  const t = useText();
  const [leftOut, setLeftOut] = useState("");
  const model = useModels().data?.main ?? "";
  const whole = useWhatIf(events, "", model);
  const without = useWhatIf(events, leftOut, model);
  const products = [...new Map(events.map((each) => [each.item_id, each.title ?? each.item_id])).entries()].slice(0, MOST);
  if (!products.length) return null;
  const before = whole.data?.items ?? [];
  const after = without.data?.items ?? [];
  return (
    <Section title={t.customer.whatIf} note={`${t.customer.whatIfNote} ${t.customer.whatIfLimits}`}>
      <Select label={t.customer.leaveOut} value={leftOut} onChange={setLeftOut}>
        <option value="">{t.customer.everything}</option>
        {products.map(([id, title]) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </Select>
      {whole.isError ? (
        <div className="mt-4">
          <Problem error={whole.error} onRetry={() => void whole.refetch()} />
        </div>
      ) : (
        <div className="mt-6 space-y-6">
          <Row title={t.customer.withAll} items={before} others={leftOut ? after : before} mark={t.customer.gone} />
          {leftOut && (
            <Row
              title={t.customer.without(products.find(([id]) => id === leftOut)?.[1] ?? leftOut)}
              items={after}
              others={before}
              mark={t.customer.came}
            />
          )}
        </div>
      )}
    </Section>
  );
}

/** A list of which those that the other list does not have are marked. */
function Row({ title, items, others, mark }: { title: string; items: RecommendedItem[]; others: RecommendedItem[]; mark: string }) {
  const there = new Set(others.map((each) => each.item_id));
  return (
    <div>
      <h3 className="mb-2 text-sm font-medium">{title}</h3>
      <ol className="grid grid-cols-4 gap-3 lg:grid-cols-8">
        {items.map((each) => (
          <li key={each.item_id} className="min-w-0">
            <Link href={`/p/${encodeURIComponent(each.item_id)}`} title={each.title} className="block">
              <Picture
                itemId={each.item_id}
                alt={each.title}
                sizes="140px"
                className={`rounded-lg ${there.has(each.item_id) ? "" : "ring-2 ring-accent ring-offset-2 ring-offset-paper"}`}
              />
            </Link>
            <p className="mt-1.5 min-h-4 text-xs text-accent">{there.has(each.item_id) ? "" : mark}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}
