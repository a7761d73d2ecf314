import { useInfiniteQuery } from "@tanstack/react-query";
import { get, postForm } from "../../api/client";
import { SEARCH_SORTS } from "../../api/offered";
import type { SearchAnswer } from "../../api/types";
import { useSession } from "../../app/session";
import type { SearchAddress } from "./address";
import { fileOf, pictureOf } from "./picture";

const PAGE = 24;
/** Search is prepared after the server's start; so often it is asked again, every two seconds. */
const MOST_RETRIES = 60;

function ask(asked: SearchAddress, user: string | null, offset: number, signal: AbortSignal): Promise<SearchAnswer> {
  const picture = asked.picture ? pictureOf(asked.picture) : undefined;
  const sort = SEARCH_SORTS.includes(asked.sort) ? { sort: asked.sort } : {};
  if (picture === undefined) {
    const query = { q: asked.q, filters: asked.filters, n: PAGE, offset, user_id: user, ...sort };
    return get("/api/v1/search", { query, signal });
  }
  const form = new FormData();
  form.set("picture", fileOf(picture), "picture.jpg");
  for (const [name, value] of Object.entries({ q: asked.q, n: PAGE, offset, ...sort })) form.set(name, String(value));
  for (const filter of asked.filters) form.append("filters", filter);
  if (user !== null) form.set("user_id", user);
  return postForm("/api/v1/search", form, signal);
}

/** What is found, page by page; not asked where nothing is searched for. */
export function useSearchResults(asked: SearchAddress) {
  const { customer } = useSession();
  const hasPicture = asked.picture !== "" && pictureOf(asked.picture) !== undefined;
  const something = asked.q.trim() !== "" || asked.filters.length > 0 || hasPicture;
  const query = useInfiniteQuery({
    queryKey: ["search", customer, asked],
    enabled: something,
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => ask(asked, customer, pageParam, signal),
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.items.length, 0);
      return last.items.length && shown < last.total ? shown : undefined;
    },
    // While a filter changes, what was found before stays on the page, for the same words and picture.
    placeholderData: (before, now) => {
      const last = now?.queryKey[2] as SearchAddress | undefined;
      return last && last.q === asked.q && last.picture === asked.picture ? before : undefined;
    },
    retry: (failures, error) => "passing" in error && error.passing === true && failures < MOST_RETRIES,
  });
  return { ...query, something };
}
