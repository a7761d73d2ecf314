import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { settled } from "../app/events";
import { useWho } from "../app/session";
import { useLanguage } from "../text";
import { ApiError, get } from "./client";
import type { components } from "./schema";
import type { Recommendations } from "./types";

const PAGE = 12;

interface HomepageWanted {
  model?: string;
  language: string;
  n: number;
  cursor?: string | null;
}

/** The bundle that has no recipe for the homepage, once it has said so. */
let placeless = "";

/** What somebody sees on the homepage: the recipe of that place, or the bundle's main one where it has none for places. */
export async function homepageOf(who: string, wanted: HomepageWanted, signal: AbortSignal): Promise<Recommendations> {
  const ask = (surface: string | null) =>
    get("/api/v1/recommendations/{user_id}", { path: { user_id: who }, query: { surface, ...wanted }, signal });
  if (!placeless) {
    try {
      return await ask("homepage");
    } catch (error) {
      // A recipe that the request names itself is another thing to be wrong about.
      if (!(error instanceof ApiError) || error.code !== "settings" || wanted.model) throw error;
    }
  }
  const page = await ask(null);
  // Another bundle may have one.
  placeless = !placeless || placeless === page.bundle_version ? page.bundle_version : "";
  return page;
}

/** The homepage's feed, page by page; `look` is new when it has to be made anew. */
export function useFeed(model: string, look: number) {
  const who = useWho();
  const language = useLanguage();
  return useInfiniteQuery({
    queryKey: ["feed", who, model, language, look],
    staleTime: Infinity,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Recommendations> => {
      // What was done before counts in what comes.
      if (pageParam === undefined) await settled();
      return homepageOf(who, { model, language, n: PAGE, cursor: pageParam ?? null }, signal);
    },
    getNextPageParam: (last) => (last.items.length ? (last.next_cursor ?? undefined) : undefined),
  });
}

interface PlaceWanted {
  surface?: string;
  model?: string;
  items?: string[];
  n?: number;
  enabled?: boolean;
  look?: number;
}

/** A short list for a place in the shop, as of the products on the page. */
export function usePlace({ surface, model, items = [], n, enabled = true, look = 0 }: PlaceWanted) {
  const who = useWho();
  const language = useLanguage();
  return useQuery({
    queryKey: ["place", who, surface, model, items, n, language, look],
    enabled,
    queryFn: async ({ signal }): Promise<Recommendations> => {
      await settled();
      return get("/api/v1/recommendations/{user_id}", {
        path: { user_id: who },
        query: { surface: surface ?? null, model: model ?? null, item_ids: items, language, n: n ?? null },
        signal,
      });
    },
    // While the list is made anew for the same person, the one before stands there.
    placeholderData: (before, query) => (query?.queryKey[1] === who ? before : undefined),
  });
}

export function usePopular(n: number, category?: string) {
  return useQuery({
    queryKey: ["popular", n, category],
    queryFn: ({ signal }) => get("/api/v1/items/popular", { query: { n, category: category ?? null }, signal }),
  });
}

export function useItem(itemId: string) {
  return useQuery({
    queryKey: ["item", itemId],
    queryFn: ({ signal }) => get("/api/v1/items/{item_id}", { path: { item_id: itemId }, signal }),
  });
}

export type SimilarMode = components["schemas"]["Models"]["likenesses"][number];

/** What is like a product in one way; nothing is asked while the way is not known. */
export function useSimilar(itemId: string, mode: SimilarMode | null, n: number) {
  return useQuery({
    queryKey: ["similar", itemId, mode, n],
    enabled: mode !== null,
    queryFn: ({ signal }) =>
      get("/api/v1/items/{item_id}/similar", { path: { item_id: itemId }, query: { mode, n }, signal }),
  });
}

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => get("/api/v1/models", { signal }),
  });
}

/** The categories of the shop with how many products each has, the biggest first. */
export function useCategories() {
  return useQuery({
    queryKey: ["categories"],
    staleTime: 5 * 60_000,
    // Search opens a while after the server starts; the page does without it until then.
    retry: 30,
    queryFn: async ({ signal }) => {
      const found = await get("/api/v1/search", { query: { filters: ["in_stock"], n: 1, facets: ["category"] }, signal });
      const facet = found.facets["category"] as { values?: { value: string; count: number }[] } | undefined;
      return facet?.values ?? [];
    },
  });
}
