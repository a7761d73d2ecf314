import { plain, useFormats, useText, type Dictionary, type Formats } from "../text";
import { Section } from "./Section";

/** Figures of their own place below, and what is for machines. */
const HIDDEN = /(^|_)(id|us|cents)$|^(purchases|purchase_days|units|unique_items|spending_segment|loyalty|age_band|postal_code)$/;

function shown(value: unknown, t: Dictionary): string {
  if (typeof value === "boolean") return value ? t.customer.yes : t.customer.no;
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function numberOf(attributes: Record<string, unknown>, name: string): number | null {
  const value = attributes[name];
  return typeof value === "number" ? value : null;
}

function figures(attributes: Record<string, unknown>, t: Dictionary, format: Formats): { name: string; value: string }[] {
  const spent = numberOf(attributes, "spend_cents");
  const average = numberOf(attributes, "avg_price_cents");
  const purchases = numberOf(attributes, "purchases");
  return [
    { name: t.customer.purchases, value: purchases === null ? t.none : format.number(purchases) },
    { name: t.customer.spent, value: spent === null ? t.none : format.money(spent / 100) },
    { name: t.customer.average, value: average ? format.money(average / 100) : t.none },
  ];
}

/** Figures, and what the shop's table says of them. */
export function Known({ profile }: { profile: { attributes: Record<string, unknown> } }) {
  const t = useText();
  const format = useFormats();
  const rows = Object.entries(profile.attributes)
    .filter(([name]) => !HIDDEN.test(name))
    .map(([name, value]) => ({ name, value: shown(value, t) }))
    .filter((row) => row.value !== "");
  return (
    <Section title={t.customer.known}>
      <dl className="grid grid-cols-1 gap-3 sm:grid-cols-3">
        {figures(profile.attributes, t, format).map((each) => (
          <div key={each.name} className="rounded-xl bg-panel px-5 py-4">
            <dt className="text-sm text-muted">{each.name}</dt>
            <dd className="mt-1 font-display text-2xl tabular-nums">{each.value}</dd>
          </div>
        ))}
      </dl>
      <dl className="mt-6 grid gap-x-10 gap-y-2 text-sm sm:grid-cols-2 lg:grid-cols-3">
        {rows.map((row) => (
          <div key={row.name} className="flex justify-between gap-4 border-b border-line py-1.5">
            <dt className="text-muted">{t.customer.fields[row.name] ?? plain(row.name)}</dt>
            <dd className="text-right">{row.value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
