import { useQuery } from "@tanstack/react-query";
import { get, post } from "../api/client";
import type { ShopEvent } from "../api/types";
import { settled } from "../app/events";
import { useLanguage } from "../text";
import type { HistoryEvent } from "./types";

const LATEST = 200;

export function useProfile(id: string) {
  return useQuery({
    queryKey: ["profile", id],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      await settled();
      return get("/api/v1/users/{user_id}/profile", { path: { user_id: id }, query: { latest: LATEST }, signal });
    },
  });
}

export function useStyle(id: string) {
  return useQuery({
    queryKey: ["style", id],
    queryFn: ({ signal }) => get("/api/v1/users/{user_id}/style", { path: { user_id: id }, query: { n: 6 }, signal }),
  });
}

/** What counts for taste; of the rest a session says nothing. */
const ACTS: Readonly<Record<string, ShopEvent["event"]>> = {
  view: "view",
  click: "click",
  add_to_cart: "add_to_cart",
  add_to_wishlist: "add_to_wishlist",
  purchase: "purchase",
};

/** What would be recommended by a history alone, without what is left out of it. */
export function useWhatIf(history: readonly HistoryEvent[], leftOut: string, model: string) {
  const language = useLanguage();
  const session = history.flatMap((each) => {
    const event = ACTS[each.event];
    if (event === undefined || each.item_id === leftOut) return [];
    return [{ item_id: each.item_id, event, timestamp: each.date.length > 10 ? each.date : `${each.date}T12:00:00Z` }];
  });
  return useQuery({
    queryKey: ["what-if", model, language, session],
    enabled: model !== "" && session.length > 0,
    queryFn: ({ signal }) =>
      post("/api/v1/recommendations", {
        body: { session: session.toReversed(), model_type: model, num_recommendations: 8, language, request_id: "what-if" },
        signal,
      }),
  });
}
