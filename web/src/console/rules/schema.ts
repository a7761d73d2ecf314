import { isRecord, isText } from "../../app/store";

/** What a parameter of a rule may be, read from its JSON schema, as a form shows it. */
export type Kind =
  | { type: "switch" }
  | { type: "number"; whole: boolean; min: number | null; max: number | null; above: number | null }
  | { type: "text"; date: boolean; needed: boolean }
  | { type: "choice"; values: readonly string[] }
  | { type: "texts" }
  | { type: "numbers"; whole: boolean; count: number | null; min: number | null; max: number | null }
  | { type: "entries"; entry: readonly Parameter[] }
  | { type: "json" };

export interface Parameter {
  name: string;
  hint: string;
  usual: unknown;
  needed: boolean;
  /** Whether it may be left empty. */
  optional: boolean;
  kind: Kind;
}

type Schema = Record<string, unknown>;

/** A text of the server without the marks of its documentation. */
export function bare(text: string): string {
  return text.replaceAll("``", "").replaceAll(/\s+/g, " ");
}

/** The parameters of a rule, in the order of its schema. */
export function parametersOf(schema: Schema): Parameter[] {
  return fieldsOf(schema, schema);
}

function fieldsOf(object: Schema, root: Schema): Parameter[] {
  const properties = isRecord(object["properties"]) ? object["properties"] : {};
  const required = Array.isArray(object["required"]) ? object["required"] : [];
  return Object.entries(properties).flatMap(([name, given]) => {
    if (!isRecord(given)) return [];
    const choices = alternatives(given);
    const optional = choices.some((each) => each["type"] === "null");
    const real = choices.filter((each) => each["type"] !== "null");
    const one = real.length === 1 && real[0] ? resolved(real[0], root) : null;
    const hint = isText(given["description"]) ? bare(given["description"]) : "";
    return [{ name, hint, usual: given["default"], needed: required.includes(name), optional, kind: one ? kindOf(one, root) : { type: "json" as const } }];
  });
}

function alternatives(schema: Schema): Schema[] {
  return Array.isArray(schema["anyOf"]) ? schema["anyOf"].filter(isRecord) : [schema];
}

function resolved(schema: Schema, root: Schema): Schema {
  const reference = schema["$ref"];
  const definitions = root["$defs"];
  if (!isText(reference) || !isRecord(definitions)) return schema;
  const found = definitions[reference.split("/").at(-1) ?? ""];
  return isRecord(found) ? found : schema;
}

function kindOf(schema: Schema, root: Schema): Kind {
  if (Array.isArray(schema["enum"]) && schema["enum"].every(isText)) return { type: "choice", values: schema["enum"] };
  switch (schema["type"]) {
    case "boolean":
      return { type: "switch" };
    case "integer":
    case "number":
      return { type: "number", whole: schema["type"] === "integer", min: numberOf(schema["minimum"]), max: numberOf(schema["maximum"]), above: numberOf(schema["exclusiveMinimum"]) };
    case "string":
      return { type: "text", date: schema["format"] === "date", needed: (numberOf(schema["minLength"]) ?? 0) > 0 };
    case "array":
      return listOf(schema, root);
    default:
      return { type: "json" };
  }
}

function listOf(schema: Schema, root: Schema): Kind {
  const fixed = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"].filter(isRecord) : null;
  const item = fixed?.[0] ?? (isRecord(schema["items"]) ? resolved(schema["items"], root) : null);
  if (!item) return { type: "json" };
  if (item["type"] === "number" || item["type"] === "integer") {
    return { type: "numbers", whole: item["type"] === "integer", count: fixed?.length ?? null, min: numberOf(item["minimum"]), max: numberOf(item["maximum"]) };
  }
  if (item["type"] === "string") return { type: "texts" };
  return item["type"] === "object" ? { type: "entries", entry: fieldsOf(item, root) } : { type: "json" };
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** A value to begin with where none is given. */
export function emptyOf(parameter: Parameter): unknown {
  if (parameter.usual !== undefined) return parameter.usual;
  if (parameter.optional) return null;
  const { kind } = parameter;
  if (kind.type === "number") return kind.min ?? 1;
  if (kind.type === "switch") return false;
  if (kind.type === "text") return "";
  if (kind.type === "choice") return kind.values[0] ?? "";
  return [];
}
