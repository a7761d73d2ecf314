import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { apiKey, ApiError, get, post, type Answer, type PathsOf } from "../api/client";
import { passes } from "../api/query-client";

export interface Asked {
  path?: Record<string, string>;
  query?: Record<string, string | number | readonly string[] | null>;
}

const MOST_RETRIES = 6;

export function ask<P extends PathsOf<"get">>(path: P, asked: Asked = {}, signal?: AbortSignal): Promise<Answer<P, "get">> {
  return get(path, { ...asked, ...(signal ? { signal } : {}) } as Parameters<typeof get<P>>[1]);
}

export function tellServer<P extends PathsOf<"post">>(path: P, asked: Asked = {}, body?: unknown): Promise<Answer<P, "post">> {
  return post(path, { ...asked, body } as Parameters<typeof post<P>>[1]);
}

/** What a route of the console says; asked again every `everyMs` while the page is open. */
export function useAsked<P extends PathsOf<"get">>(
  path: P,
  asked: Asked = {},
  how: { everyMs?: number; enabled?: boolean } = {},
): UseQueryResult<Answer<P, "get">> {
  return useQuery({
    queryKey: ["console", path, asked],
    enabled: how.enabled ?? true,
    staleTime: 5_000,
    ...(how.everyMs ? { refetchInterval: how.everyMs } : {}),
    queryFn: async ({ signal }) => {
      try {
        return await ask(path, asked, signal);
      } catch (error) {
        throw await explained(error, path, signal);
      }
    },
    retry: (failures, error) => isPreparing(error) || (passes(error) && failures < MOST_RETRIES),
    // While a choice changes, what stood there stays until its successor comes.
    placeholderData: (before, query) => (query?.queryKey[1] === path ? before : undefined),
  });
}

/** Whether the server is at work on what was asked for, which takes a while and is made once. */
export function isPreparing(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 503 && error.code === "unavailable";
}

const OLDER = "older";

/** Whether the server does not know the route at all: it was made before this page. */
export function isOlder(error: unknown): boolean {
  return error instanceof ApiError && error.code === OLDER;
}

/** A 404 says that nothing is there, be it for want of a report or of the route: the server's own document tells which. */
async function explained(error: unknown, path: string, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof ApiError) || error.status !== 404) return error;
  try {
    const told = (await (await fetch("/openapi.json", { signal })).json()) as { paths?: Record<string, unknown> };
    return told.paths && !(path in told.paths) ? new ApiError(404, OLDER, error.message) : error;
  } catch {
    return error;
  }
}

export function addressOf(path: string, asked: Asked = {}): string {
  const filled = Object.entries(asked.path ?? {}).reduce((made, [name, value]) => made.replace(`{${name}}`, encodeURIComponent(value)), path);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== null && each !== "") query.append(name, String(each));
  }
  return query.size ? `${filled}?${query}` : filled;
}

/** Whether a bare link to the API would be refused, for it carries no key. */
export function linksNeedKey(): boolean {
  return apiKey.get() !== "";
}
