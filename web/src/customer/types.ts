import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Style = Schemas["Style"];
export type StyleCluster = Schemas["StyleCluster"];
export type DriftWindow = Schemas["DriftWindow"];
export type HistoryEvent = Schemas["PastEvent"];
