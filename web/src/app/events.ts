import { apiKey, ApiError, post } from "../api/client";
import { passes, waitMs } from "../api/query-client";
import type { ShopEvent } from "../api/types";
import { freshId } from "./ids";
import { whoIsIt } from "./session";
import { createStore } from "./store";

/** One thing that was done; who did it, when and its id are added here. */
export type Act = Pick<ShopEvent, "item_id" | "event"> &
  Partial<Pick<ShopEvent, "price" | "quantity" | "duration_s" | "recommendation_id" | "surface" | "order_id">>;

/** Where a product was shown, so that what follows is counted for it. */
export interface Shown {
  recommendation_id: string;
  surface: string;
}

type Sent = Act & { user_id: string; event_id: string; timestamp: string };

const IMPRESSIONS_MS = 2_000;
const MOST_WAITING = 500;
const MOST_AT_ONCE = 100;

/** Set where the server does not take events from us, so that the page can say so. */
export const refused = createStore<ApiError | null>(null);

/** How often something that changes recommendations was done in this window. */
export const acts = createStore(0);

let waiting: Sent[] = [];
let sending: Promise<void> | null = null;
let timer: number | undefined;
let failures = 0;
const seen = new Set<string>();

/** Record what was done; it is sent at once. */
export function record(...given: Act[]): void {
  queue(given);
  if (given.some((each) => each.event !== "impression")) acts.set((now) => now + given.length);
  schedule(0);
}

/** Record that a recommendation came into view, once; impressions are sent together. */
export function recordImpression(item_id: string, shown: Shown): void {
  const key = `${shown.recommendation_id} ${item_id}`;
  if (seen.has(key)) return;
  seen.add(key);
  queue([{ item_id, event: "impression", ...shown }]);
  if (timer === undefined) schedule(IMPRESSIONS_MS);
}

/** Record a purchase; unlike other acts, whoever buys waits until it is stored, and hears if it is not. */
export async function recordNow(given: Act[]): Promise<void> {
  await post("/api/v1/events", { body: { events: given.map(signed) } });
  acts.set((now) => now + given.length);
}

/** Resolves when what was done so far is stored, or cannot be for now: who asks for a feed waits for this. */
export async function settled(): Promise<void> {
  if (waiting.some((each) => each.event !== "impression")) await flush();
  else await sending;
}

function signed(act: Act): Sent {
  return { ...act, user_id: whoIsIt(), event_id: freshId(), timestamp: new Date().toISOString() };
}

function queue(given: Act[]): void {
  waiting = [...waiting, ...given.map(signed)].slice(-MOST_WAITING);
}

function schedule(ms: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), ms);
}

function flush(): Promise<void> {
  window.clearTimeout(timer);
  timer = undefined;
  sending ??= send().finally(() => {
    sending = null;
    if (waiting.length && timer === undefined && !failures) schedule(0);
  });
  return sending;
}

async function send(): Promise<void> {
  const batch = waiting.slice(0, MOST_AT_ONCE);
  if (!batch.length) return;
  try {
    await post("/api/v1/events", { body: { events: batch }, keepalive: true });
    failures = 0;
    refused.set(null);
  } catch (error) {
    if (passes(error)) {
      // Ids make it safe to send the same again.
      schedule(waitMs(++failures, error));
      return;
    }
    refused.set(error instanceof ApiError ? error : null);
  }
  waiting = waiting.filter((each) => !batch.includes(each));
}

// What is not sent yet goes out when the window is left.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && waiting.length) void flush();
});

apiKey.subscribe(() => refused.set(null));
