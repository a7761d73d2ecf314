import { useState } from "react";
import { Link } from "wouter";
import { plain, useFormats, useText } from "../text";
import { Button } from "../ui/Button";
import { Picture } from "../ui/Picture";
import { Section } from "./Section";
import type { HistoryEvent } from "./types";

const AT_FIRST = 24;

/** What was done with one product on one day: a visit is a click and a view, and reads better as one thing. */
interface Visit {
  item: HistoryEvent;
  kinds: string[];
}

/** Visits by day, in the order of the events. */
function daysOf(events: readonly HistoryEvent[]): [string, Visit[]][] {
  const days = new Map<string, Map<string, Visit>>();
  for (const event of events) {
    const date = event.date.slice(0, 10);
    const visits = days.get(date) ?? new Map<string, Visit>();
    const visit = visits.get(event.item_id) ?? { item: event, kinds: [] };
    if (!visit.kinds.includes(event.event)) visit.kinds.push(event.event);
    visits.set(event.item_id, visit);
    days.set(date, visits);
  }
  return [...days].map(([date, visits]) => [date, [...visits.values()]]);
}

const LOUD = new Set(["purchase", "add_to_cart", "add_to_wishlist"]);

/** What they did, on a line of time. */
export function History({ events }: { events: readonly HistoryEvent[] }) {
  const t = useText();
  const format = useFormats();
  const [count, setCount] = useState(AT_FIRST);
  const told = events.filter((each) => each.event !== "impression");
  return (
    <Section title={t.customer.history} note={t.customer.historyNote}>
      {told.length === 0 && <p className="text-sm text-muted">{t.customer.noHistory}</p>}
      <ol className="border-l border-line">
        {daysOf(told.slice(0, count)).map(([date, visits]) => (
          <li key={date} className="relative pb-6 pl-6 before:absolute before:top-1.5 before:-left-1 before:size-2 before:rounded-full before:bg-accent">
            <h3 className="text-sm font-medium">
              <time dateTime={date}>{format.day(date)}</time>
            </h3>
            <ul className="mt-2 grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
              {visits.map((each) => (
                <Deed key={each.item.item_id} visit={each} />
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {told.length > count && <Button onClick={() => setCount((now) => now + AT_FIRST)}>{t.more}</Button>}
    </Section>
  );
}

function Deed({ visit: { item, kinds } }: { visit: Visit }) {
  const t = useText();
  return (
    <li className="flex items-center gap-3 text-sm">
      <Picture itemId={item.item_id} alt="" sizes="48px" className="w-12 shrink-0 rounded-lg" />
      <span className="min-w-0">
        <span className={`block text-xs ${kinds.some((each) => LOUD.has(each)) ? "font-medium text-accent" : "text-muted"}`}>
          {kinds.map((each) => t.customer.eventNames[each] ?? plain(each)).join(" · ")}
        </span>
        <Link href={`/p/${encodeURIComponent(item.item_id)}`} className="line-clamp-2 hover:underline">
          {item.title ?? item.item_id}
        </Link>
      </span>
    </li>
  );
}
