import type { RecommendedItem } from "../api/types";
import type { Shown } from "./events";

/** A recommendation as it was shown, and by what. */
export interface Remembered {
  item: RecommendedItem;
  shown: Shown;
  model: string;
}

const MOST = 2_000;
const found = new Map<string, Remembered>();

/** Keep what was shown last of each product, for "why this?" and for events that follow on other pages. */
export function remember(each: Remembered): void {
  found.delete(each.item.item_id);
  found.set(each.item.item_id, each);
  if (found.size > MOST) {
    const oldest = found.keys().next().value;
    if (oldest !== undefined) found.delete(oldest);
  }
}

export function remembered(itemId: string | null): Remembered | null {
  return itemId === null ? null : (found.get(itemId) ?? null);
}
