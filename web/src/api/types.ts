import type { components } from "./schema";

type Schemas = components["schemas"];

export type Recommendations = Schemas["Recommendations"];
/** With columns of the item table where they were asked for as `properties`. */
export type RecommendedItem = Omit<Schemas["RecommendedItem"], "properties"> & { properties?: Record<string, unknown> };
export type Evidence = Schemas["ItemEvidence"];
export type SimilarItem = Schemas["SimilarItem"];
export type SearchAnswer = Schemas["SearchAnswer"];
export type SearchItem = Schemas["SearchItem"];
export type ShopEvent = Schemas["ShopEvent"];
export type Item = Schemas["Item"];
export type Person = Schemas["Person"];
export type Model = Schemas["Model"];
export type Profile = Schemas["Profile"];
export type FacetValue = Schemas["FacetValue"];
export type Facet = Schemas["Facet"];

/** What every list of products shows, wherever it comes from. */
export interface ProductLike {
  item_id: string;
  title?: string | null;
  category?: string | null;
  item_price?: number | null;
}
