// Writes what TypeScript must know of the API, from the OpenAPI document of a running server (or from a file):
//   npm run types -- http://127.0.0.1:8000        npm run types -- --check openapi.json
// With --check nothing is written: it fails where the committed files are stale.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const words = process.argv.slice(2);
const check = words.includes("--check");
const source = words.find((word) => !word.startsWith("--")) ?? "http://127.0.0.1:8000";

async function documentOf(from) {
  if (!from.startsWith("http")) return JSON.parse(await readFile(from, "utf8"));
  const answer = await fetch(new URL("/openapi.json", from));
  if (!answer.ok) throw new Error(`${from} answered ${answer.status}`);
  return answer.json();
}

/** The orders that search offers: a page must not show a choice that the server would pass over. */
function sortsOf(document) {
  const parameters = document.paths["/api/v1/search"].get.parameters;
  const schema = parameters.find((each) => each.name === "sort")?.schema ?? {};
  return schema.enum ?? /^\^\((.+)\)\$$/.exec(schema.pattern ?? "")?.[1].split("|") ?? [];
}

const HEAD = "// Made by `npm run types` from the OpenAPI document; do not edit.\n\n";
const document = await documentOf(source);
const files = {
  "schema.d.ts": HEAD + astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false })),
  "offered.ts":
    HEAD +
    "/** The orders that search can give its answers in; none where it knows only its own. */\n" +
    `export const SEARCH_SORTS: readonly string[] = ${JSON.stringify(sortsOf(document))};\n`,
};
for (const [name, text] of Object.entries(files)) {
  const path = new URL(`../src/api/${name}`, import.meta.url);
  if (!check) await writeFile(path, text);
  else if ((await readFile(path, "utf8")) !== text) {
    process.stderr.write(`src/api/${name} is stale: run npm run types\n`);
    process.exitCode = 1;
  }
}
