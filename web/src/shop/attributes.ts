import type { Formats } from "../text";

/** Columns of a product that are for machines, or shown in their own place. */
const HIDDEN = /(^|_)(id|us|cents|url|path|embedding)$|^(title|description)(_|$)|^(category|subcategory|brand)$/;

export interface Attribute {
  name: string;
  value: string;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A column in the reader's language where the shop has it so, as `title_de`, else as it is. */
export function inLanguage(attributes: Record<string, unknown>, name: string, language: string): string {
  return textOf(attributes[`${name}_${language}`]) || textOf(attributes[name]);
}

/** What there is to read of a product: its texts, and of its numbers those that a dictionary has a name for. */
export function attributesOf(attributes: Record<string, unknown>, named: Readonly<Record<string, string>>, format: Formats): Attribute[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (HIDDEN.test(name)) return [];
    if (typeof value === "string" && value) return [{ name, value }];
    if (typeof value === "number" && name in named) return [{ name, value: format.number(value, 2) }];
    return [];
  });
}

/** The price in whole units of money; none where it has none. */
export function priceOf(attributes: Record<string, unknown>): number | null {
  const cents = attributes["price_cents"];
  return typeof cents === "number" && cents > 0 ? cents / 100 : null;
}
