import { Link } from "wouter";
import { useText } from "../text";
import { Bar } from "../ui/Bar";
import { Section } from "./Section";

export function Neighbours({ neighbours }: { neighbours: { customer_id: string; similarity: number }[] }) {
  const t = useText();
  return (
    <Section title={t.customer.neighbours} note={t.customer.neighboursNote}>
      {neighbours.length ? (
        <ul className="divide-y divide-line border-y border-line">
          {neighbours.map((each) => (
            <li key={each.customer_id} className="grid grid-cols-[8rem_1fr] items-center gap-4 py-2.5">
              <Link href={`/customers/${encodeURIComponent(each.customer_id)}`} className="truncate text-accent underline-offset-4 hover:underline">
                {each.customer_id}
              </Link>
              <Bar label={t.card.similarity} share={each.similarity} digits={1} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-sm text-muted">{t.none}</p>
      )}
    </Section>
  );
}
