import { emptyCart, type CartLine } from "./cart";
import { recordNow } from "./events";
import { freshId } from "./ids";
import { createStore, isRecord, isText, useStore } from "./store";

export interface Order {
  id: string;
  lines: CartLine[];
}

function isOrder(value: unknown): value is Order {
  return isRecord(value) && isText(value["id"]) && Array.isArray(value["lines"]);
}

const KEPT = 10;

const orders = createStore<Order[]>([], {
  name: "parure.orders",
  valid: (value): value is Order[] => Array.isArray(value) && value.every(isOrder),
  where: "session",
});

export function useOrder(id: string | null): Order | undefined {
  return useStore(orders).find((each) => each.id === id);
}

/** Buy what is in the cart; it stays there if the purchase could not be recorded. */
export async function order(lines: CartLine[]): Promise<string> {
  const id = freshId();
  await recordNow(
    lines.map((line) => ({
      item_id: line.item_id,
      event: "purchase" as const,
      quantity: line.quantity,
      price: line.price,
      order_id: id,
      ...line.from,
    })),
  );
  orders.set((now) => [{ id, lines }, ...now].slice(0, KEPT));
  emptyCart();
  return id;
}
