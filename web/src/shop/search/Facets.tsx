import { useState } from "react";
import type { Facet, FacetValue } from "../../api/types";
import { plain, useFormats, useText, type Dictionary, type Formats } from "../../text";
import { Chip } from "../../ui/Chip";
import { toggled } from "./filters";

const SHOWN = 7;

/** Bounds of a price from the filters that stand for it, so that it is read in the reader's language and currency. */
function priceName(value: FacetValue, t: Dictionary, format: Formats): string {
  const bound = (sign: RegExp) => value.filter.map((each) => sign.exec(each)?.[1]).find((each) => each !== undefined);
  const low = bound(/^price>=?([\d.]+)$/);
  const high = bound(/^price<=?([\d.]+)$/);
  const money = (text: string) => format.money(Number(text), true);
  if (low !== undefined && high !== undefined) return t.search.priceBetween(money(low), money(high));
  if (high !== undefined) return t.search.priceUnder(money(high));
  return low !== undefined ? t.search.priceFrom(money(low)) : value.value;
}

export function nameOf(facet: string, value: FacetValue, t: Dictionary, format: Formats): string {
  if (facet === "price") return priceName(value, t, format);
  if (facet === "in_stock") return t.search.inStock[value.value] ?? value.value;
  return plain(value.value);
}

/** What can be filtered by, each value with how many products it would leave. */
export function Facets({ facets, filters, onChange }: { facets: readonly Facet[]; filters: readonly string[]; onChange: (filters: string[]) => void }) {
  const t = useText();
  return (
    <div className="space-y-7">
      {facets.map((facet) => (
        <section key={facet.name} aria-labelledby={`facet-${facet.name}`}>
          <h3 id={`facet-${facet.name}`} className="mb-2.5 text-sm font-medium">
            {t.search.facets[facet.name] ?? plain(facet.name)}
          </h3>
          <Values facet={facet} onToggle={(value) => onChange(toggled(filters, value))} />
        </section>
      ))}
    </div>
  );
}

function Values({ facet, onToggle }: { facet: Facet; onToggle: (value: FacetValue) => void }) {
  const t = useText();
  const format = useFormats();
  const [all, setAll] = useState(false);
  const offered = facet.values.filter((each) => each.count > 0 || each.chosen);
  const shown = all ? offered : offered.filter((each, place) => place < SHOWN || each.chosen);
  return (
    <div className="flex flex-wrap gap-2">
      {shown.map((value) => (
        <Chip key={value.value} pressed={value.chosen} onPress={() => onToggle(value)}>
          {nameOf(facet.name, value, t, format)}
          <span className={`text-xs tabular-nums ${value.chosen ? "opacity-80" : "text-muted"}`}>{format.number(value.count)}</span>
        </Chip>
      ))}
      {shown.length < offered.length && (
        <button type="button" onClick={() => setAll(true)} className="min-h-9 px-2 text-sm text-accent underline-offset-4 hover:underline">
          {t.more}
        </button>
      )}
    </div>
  );
}
