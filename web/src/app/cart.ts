import type { ProductLike } from "../api/types";
import { record, type Shown } from "./events";
import { createStore, isRecord, isText, useStore } from "./store";

/** One line of the cart, with the recommendation that led to it. */
export interface CartLine {
  item_id: string;
  title: string;
  price: number | null;
  quantity: number;
  from: Shown | null;
}

function isLine(value: unknown): value is CartLine {
  return isRecord(value) && isText(value["item_id"]) && isText(value["title"]) && typeof value["quantity"] === "number";
}

const lines = createStore<CartLine[]>([], {
  name: "parure.cart",
  valid: (value): value is CartLine[] => Array.isArray(value) && value.every(isLine),
});

export function useCart(): CartLine[] {
  return useStore(lines);
}

export function countOf(cart: readonly CartLine[]): number {
  return cart.reduce((sum, line) => sum + line.quantity, 0);
}

export function totalOf(cart: readonly CartLine[]): number {
  return cart.reduce((sum, line) => sum + line.quantity * (line.price ?? 0), 0);
}

export function addToCart(product: ProductLike, from: Shown | null): void {
  const line: CartLine = {
    item_id: product.item_id,
    title: product.title ?? product.item_id,
    price: product.item_price ?? null,
    quantity: 1,
    from,
  };
  lines.set((now) =>
    now.some((each) => each.item_id === line.item_id)
      ? now.map((each) => (each.item_id === line.item_id ? { ...each, quantity: each.quantity + 1 } : each))
      : [...now, line],
  );
  record({ item_id: line.item_id, event: "add_to_cart", price: line.price, ...from });
}

export function setQuantity(item_id: string, quantity: number): void {
  if (quantity < 1) removeFromCart(item_id);
  else lines.set((now) => now.map((each) => (each.item_id === item_id ? { ...each, quantity } : each)));
}

export function removeFromCart(item_id: string): void {
  lines.set((now) => now.filter((each) => each.item_id !== item_id));
  record({ item_id, event: "remove_from_cart" });
}

export function emptyCart(): void {
  lines.set([]);
}
