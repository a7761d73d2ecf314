import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

const MOST_RETRIES = 6;
/** Of what went wrong inside the server, which is most often wrong the next time, too. */
const MOST_RETRIES_OF_FAULTS = 1;
const LONGEST_WAIT_MS = 15_000;
/** After the retries the page still looks again by itself, so that it recovers without a reload. */
const LOOK_AGAIN_MS = 10_000;

export function passes(error: unknown): boolean {
  return error instanceof ApiError && error.passing;
}

function mostRetries(error: unknown): number {
  return error instanceof ApiError && error.status === 500 ? MOST_RETRIES_OF_FAULTS : MOST_RETRIES;
}

/** Milliseconds before the next try: as the server asks, else longer each time. */
export function waitMs(failures: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfterS : null;
  return Math.min(asked === null ? 500 * 2 ** failures : asked * 1000, LONGEST_WAIT_MS);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      gcTime: 30 * 60_000,
      networkMode: "always",
      refetchOnWindowFocus: false,
      retry: (failures, error) => passes(error) && failures < mostRetries(error),
      retryDelay: waitMs,
      refetchInterval: (query) => (query.state.status === "error" && passes(query.state.error) ? LOOK_AGAIN_MS : false),
    },
  },
});
