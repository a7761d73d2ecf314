import type { ProductLike } from "../api/types";
import { record, type Shown } from "./events";
import { createStore, isRecord, isText, useStore } from "./store";

function isProduct(value: unknown): value is ProductLike {
  return isRecord(value) && isText(value["item_id"]);
}

const saved = createStore<ProductLike[]>([], {
  name: "parure.saved",
  valid: (value): value is ProductLike[] => Array.isArray(value) && value.every(isProduct),
});

export function useSaved(): ProductLike[] {
  return useStore(saved);
}

/** Save a product, or no longer; true where it is saved now. The API knows no taking back, so that stays here. */
export function toggleSaved(product: ProductLike, from: Shown | null): boolean {
  const has = saved.get().some((each) => each.item_id === product.item_id);
  if (has) {
    saved.set((now) => now.filter((each) => each.item_id !== product.item_id));
  } else {
    const { item_id, title = null, category = null, item_price = null } = product;
    saved.set((now) => [{ item_id, title, category, item_price }, ...now]);
    record({ item_id, event: "add_to_wishlist", ...from });
  }
  return !has;
}
