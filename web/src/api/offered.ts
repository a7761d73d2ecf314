// Made by `npm run types` from the OpenAPI document; do not edit.

/** The orders that search can give its answers in; none where it knows only its own. */
export const SEARCH_SORTS: readonly string[] = ["relevance","price_asc","price_desc","newest"];
