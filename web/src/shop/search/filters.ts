import type { Facet, FacetValue } from "../../api/types";

/** One thing that was chosen, and the filters that are left without it. */
export interface Chosen {
  facet: string;
  value: FacetValue;
  rest: string[];
}

const EQUALS = /^([^=<>!]+)=([^=].*)$/s;

/** The column that a filter speaks of. */
function columnOf(filter: string): string {
  return /^[^=<>!]+/.exec(filter)?.[0] ?? filter;
}

/** `material=silver` with others of its column as `material=gold|silver`: any of them fits. */
function withAlternative(filters: readonly string[], column: string, value: string): string[] {
  const before = filters.find((each) => EQUALS.exec(each)?.[1] === column);
  if (before === undefined) return [...filters, `${column}=${value}`];
  return filters.map((each) => (each === before ? `${each}|${value}` : each));
}

function withoutAlternative(filters: readonly string[], column: string, value: string): string[] {
  return filters.flatMap((each) => {
    const [, name, values = ""] = EQUALS.exec(each) ?? [];
    if (name !== column) return [each];
    const left = values.split("|").filter((one) => one !== value);
    return left.length ? [`${column}=${left.join("|")}`] : [];
  });
}

/** The filters after a value of a facet is switched on or off. Alternatives add up; of ranges one holds at a time. */
export function toggled(filters: readonly string[], value: FacetValue): string[] {
  const [first = ""] = value.filter;
  const column = columnOf(first);
  const [, name, chosen] = EQUALS.exec(first) ?? [];
  if (value.filter.length === 1 && name !== undefined && chosen !== undefined) {
    return value.chosen ? withoutAlternative(filters, name, chosen) : withAlternative(filters, name, chosen);
  }
  const rest = filters.filter((each) => columnOf(each) !== column);
  return value.chosen ? rest : [...rest, ...value.filter];
}

/** All that is chosen, as chips that can be taken back. */
export function chosenOf(facets: readonly Facet[], filters: readonly string[]): Chosen[] {
  return facets.flatMap((facet) =>
    facet.values
      .filter((value) => value.chosen)
      .map((value) => ({ facet: facet.name, value, rest: toggled(filters, value) })),
  );
}
