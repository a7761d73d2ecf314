import type { components } from "../api/schema";

/** What the console's routes say: the generated types, and by hand what the document leaves open. */
type Schemas = components["schemas"];

export type BundleRecipe = Schemas["BundleRecipe"];

export type BundleEntry = Schemas["BundleEntry"];

export type Bundles = Schemas["Bundles"];

export type SurfaceDay = Schemas["SurfaceDay"];

export type RouteLatency = Schemas["RouteLatency"];

export type Overview = Schemas["Overview"];

export interface Tail {
  active: number;
  known: number;
  never: number;
  curve: [number, number][];
  lorenz: [number, number][];
  once?: number;
  gini?: number;
  max?: number;
  mean?: number;
  top_1_percent_share?: number;
  top_20_percent_share?: number;
}

export interface QuarantineReason {
  table: string;
  reason: string;
  rows: number;
  samples: { file: string; line: number; column: string | null; sentence: string; raw: string }[];
}

/** The data quality report of the last ingest, as `parure quality --json` writes it. */
export interface Quality {
  accounting: { rows_in: number; rows_accepted: number; rows_quarantined: number };
  files: {
    file: string;
    table: string;
    rows_in: number;
    rows_accepted: number;
    rows_quarantined: number;
    missing_columns: string[];
    notes: string[];
    reasons: Record<string, number>;
    unchanged: boolean;
  }[];
  quarantine: { rows: number; reasons: QuarantineReason[] };
  tables: Record<string, { rows: number; columns: { column: string; missing: number | null; missing_rows: number; need: string }[] }>;
  volumes: { first: string | null; last: string | null; days: number; weeks: { week: string; interactions: number; lines: number; orders: number }[] };
  popularity: { items: Tail; users: Tail };
  repeat: {
    purchases: number;
    repeats: number;
    share: number | null;
    months: { month: string; purchases: number; repeats: number; share: number }[];
    categories: { category: string; purchases: number; repeats: number; share: number }[];
    other_categories: number;
  };
  prices: { histogram: { from: number; to: number; products: number }[]; quantiles: Record<string, number> };
  sparsity: { products: number; customers: number; pairs: number; density: number | null; purchases: number };
}

export type Touched = Schemas["Touched"];

export type Step = Schemas["StepTrace"];

export type Ranked = Schemas["Ranked"];

export type Trace = Schemas["TracedRequest"];

export type RuleInForce = Schemas["RuleInForce"];

export type RecipeRules = Schemas["RecipeRules"];

export type RuleKind = Schemas["RuleKind"];

export type PreviewFigure = Schemas["PreviewFigure"];

export type PreviewFigures = Schemas["PreviewFigures"];

export type PreviewJob = Schemas["PreviewJob"];

export type Spread = Schemas["Spread"];

export type CategoryShare = Schemas["CategoryShare"];

export type Catalogue = Schemas["Catalogue"];

export type SearchedQuery = Schemas["SearchedQuery"];

export type Searches = Schemas["Searches"];

export type MappedProduct = Schemas["MappedProduct"];

export type TasteMap = Schemas["TasteMap"];
