import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAddress } from "../app/address";
import { tell } from "../app/toasts";
import { plain, useText } from "../text";
import { Button } from "../ui/Button";
import { Tag } from "../ui/Chip";
import { Empty } from "../ui/Empty";
import { Select } from "../ui/Select";
import { Table } from "../ui/Table";
import { tellServer, useAsked } from "./ask";
import { useConsoleFormats } from "./formats";
import { Answer } from "./parts/Answer";
import { Confirm } from "./parts/Confirm";
import { Notice } from "./parts/Notice";
import { Page, Section } from "./parts/Page";
import { Tall } from "./parts/Tall";
import { useWords } from "./text";
import type { BundleEntry, BundleRecipe, Bundles as Told } from "./types";

const PATH = "/api/v1/bundles";

/** The trained bundles of the shop: which one is served, how they differ, and another one served instead. */
export default function Bundles() {
  const w = useWords();
  const query = useAsked(PATH, {}, { everyMs: 10_000 });
  return (
    <Page title={w.pages.bundles} lead={w.bundles.lead} path={PATH}>
      <Answer query={query}>
        {(told) => (
          <>
            <Listed told={told} />
            <Compared bundles={told.bundles} />
          </>
        )}
      </Answer>
    </Page>
  );
}

type Act = { publish: BundleEntry } | "rollback";

function Listed({ told }: { told: Told }) {
  const w = useWords();
  const [act, setAct] = useState<Act | null>(null);
  const before = told.bundles.find((each) => !each.named && each.published_at !== null);
  return (
    <Section
      title={w.bundles.all}
      note={w.bundles.allNote}
      aside={
        <Button disabled={!before} onClick={() => setAct("rollback")}>
          {w.bundles.rollback}
        </Button>
      }
    >
      {told.named !== told.served && told.named !== null && (
        <div className="mb-4">
          <Notice title={w.bundles.onItsWay(told.named)}>{w.bundles.onItsWayNote(told.served)}</Notice>
        </div>
      )}
      <ul className="space-y-3">
        {told.bundles.map((each) => (
          <li key={each.version}>
            <Entry bundle={each} onPublish={() => setAct({ publish: each })} />
          </li>
        ))}
      </ul>
      {act && <Acting act={act} served={told.served} onClose={() => setAct(null)} />}
    </Section>
  );
}

function Entry({ bundle, onPublish }: { bundle: BundleEntry; onPublish: () => void }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const facts: [string, string][] = [
    [w.bundles.learnedUntil, bundle.learned_until ? format.day(bundle.learned_until) : t.none],
    [w.bundles.published, bundle.published_at ? format.moment(bundle.published_at) : t.none],
    [w.bundles.customers, bundle.users === null ? t.none : format.number(bundle.users)],
    [w.products, bundle.items === null ? t.none : format.number(bundle.items)],
    [w.bundles.events, bundle.events === null ? t.none : format.number(bundle.events)],
    [w.bundles.size, format.bytes(bundle.size_bytes)],
  ];
  return (
    <article className={`rounded-xl border p-4 ${bundle.served ? "border-accent bg-accent-soft/40" : "border-line"}`} aria-label={bundle.version}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h3 className="font-medium break-all">{bundle.version}</h3>
        {bundle.served && <Mark>{w.bundles.served}</Mark>}
        {bundle.named && !bundle.served && <Mark>{w.bundles.named}</Mark>}
        {!bundle.named && (
          <Button className="ml-auto min-h-9! px-4!" aria-label={w.bundles.publishOf(bundle.version)} onClick={onPublish}>
            {w.bundles.publish}
          </Button>
        )}
      </div>
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-3 lg:grid-cols-6">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {bundle.refused && (
        <p className="mt-3 text-sm text-bad">
          {w.bundles.refused} {bundle.refused}
        </p>
      )}
    </article>
  );
}

function Mark({ children }: { children: string }) {
  return <span className="rounded-full bg-accent px-3 py-0.5 text-xs font-medium text-on-accent">{children}</span>;
}

function Acting({ act, served, onClose }: { act: Act; served: string; onClose: () => void }) {
  const w = useWords();
  const client = useQueryClient();
  const back = act === "rollback";
  const perform = async () => {
    const answer = back
      ? await tellServer("/api/v1/bundles/rollback")
      : await tellServer("/api/v1/bundles/{version}/publish", { path: { version: act.publish.version } });
    tell(w.bundles.done(answer.bundle_version));
    // Everything on every page may come from another bundle now.
    await client.invalidateQueries();
  };
  return (
    <Confirm title={back ? w.bundles.rollbackTitle : w.bundles.publishTitle} act={back ? w.bundles.rollback : w.bundles.publish} onAct={perform} onClose={onClose}>
      <p>{back ? w.bundles.rollbackAsk(served) : w.bundles.publishAsk(act.publish.version)}</p>
      {!back && act.publish.refused && (
        <Notice bad title={w.bundles.refused}>
          {act.publish.refused}
        </Notice>
      )}
      <p className="text-sm text-muted">{w.bundles.actNote}</p>
    </Confirm>
  );
}

function Compared({ bundles }: { bundles: readonly BundleEntry[] }) {
  const w = useWords();
  const { params, patch } = useAddress();
  const [changedOnly, setChangedOnly] = useState(false);
  const of = (name: string) => bundles.find((each) => each.version === params.get(name));
  const one = of("a") ?? bundles.find((each) => !each.served);
  const other = of("b") ?? bundles.find((each) => each.served);
  const choose = (name: "a" | "b", label: string, value: string) => (
    <Select label={label} value={value} onChange={(next) => patch({ [name]: next }, { replace: true })}>
      {bundles.map((each) => (
        <option key={each.version} value={each.version}>
          {each.version}
        </option>
      ))}
    </Select>
  );
  return (
    <Section
      title={w.bundles.compare}
      note={w.bundles.compareNote}
      aside={
        one &&
        other && (
          <>
            {choose("a", w.bundles.one, one.version)}
            {choose("b", w.bundles.other, other.version)}
          </>
        )
      }
    >
      {one && other && one !== other ? (
        <div className="space-y-6">
          <label className="inline-flex min-h-11 items-center gap-2 text-sm">
            <input type="checkbox" className="size-4 accent-accent" checked={changedOnly} onChange={(event) => setChangedOnly(event.target.checked)} />
            {w.bundles.changedOnly}
          </label>
          <Numbers one={one} other={other} changedOnly={changedOnly} />
          <Recipes one={one} other={other} changedOnly={changedOnly} />
        </div>
      ) : (
        <Empty title={w.bundles.alone} hint={w.bundles.aloneHint} />
      )}
    </Section>
  );
}

/** A smaller share of change would be shown as none. */
const LEAST_SHARE = 0.0005;

interface Pair {
  name: string;
  a: number | null;
  b: number | null;
}

function Numbers({ one, other, changedOnly }: { one: BundleEntry; other: BundleEntry; changedOnly: boolean }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const names = [...new Set([...Object.keys(one.figures), ...Object.keys(other.figures)])];
  const pairs = names.map((name): Pair => ({ name, a: one.figures[name] ?? null, b: other.figures[name] ?? null }));
  const rows = changedOnly ? pairs.filter((each) => each.a !== each.b) : pairs;
  const gap = (row: Pair) => (row.a === null || row.b === null ? null : row.b - row.a);
  const shown = (row: Pair) => {
    const by = gap(row);
    if (by === null) return t.none;
    const share = row.a && Math.abs(by / row.a) >= LEAST_SHARE ? ` (${by > 0 ? "+" : ""}${format.percent(by / Math.abs(row.a), 1)})` : "";
    return by === 0 ? <span className="text-muted">{w.bundles.same}</span> : `${by > 0 ? "+" : ""}${format.figure(by)}${share}`;
  };
  if (!rows.length) return <p className="text-sm text-muted">{w.bundles.noDifference}</p>;
  return (
    <Tall>
      <Table
        caption={w.bundles.figures}
        file={`${one.version}-${other.version}`}
        rows={rows}
        rowKey={(row) => row.name}
        columns={[
          { name: w.bundles.figure, value: (row) => row.name, show: (row) => w.figures[row.name] ?? row.name },
          { name: one.version, value: (row) => row.a, show: (row) => (row.a === null ? t.none : format.figure(row.a)), right: true },
          { name: other.version, value: (row) => row.b, show: (row) => (row.b === null ? t.none : format.figure(row.b)), right: true },
          { name: w.bundles.difference, value: gap, show: shown, right: true },
        ]}
      />
    </Tall>
  );
}

function Recipes({ one, other, changedOnly }: { one: BundleEntry; other: BundleEntry; changedOnly: boolean }) {
  const w = useWords();
  const names = [...new Set([...one.recipes, ...other.recipes].map((each) => each.name))];
  const rows = names.map((name) => ({ name, a: one.recipes.find((each) => each.name === name), b: other.recipes.find((each) => each.name === name) }));
  const changed = (row: (typeof rows)[number]) => JSON.stringify(row.a) !== JSON.stringify(row.b);
  const shown = changedOnly ? rows.filter(changed) : rows;
  if (!shown.length) return <p className="text-sm text-muted">{w.bundles.sameRecipes}</p>;
  const words = (recipe: BundleRecipe | undefined) => (recipe ? `${recipe.ranker}: ${recipe.sources.join(" + ")}; ${recipe.rules.join(", ")}` : null);
  return (
    <Table
      caption={w.bundles.recipes}
      file={`recipes-${one.version}-${other.version}`}
      rows={shown}
      rowKey={(row) => row.name}
      columns={[
        { name: w.recipe, value: (row) => row.name, show: (row) => <span className="font-medium whitespace-nowrap">{plain(row.name)}</span> },
        { name: one.version, value: (row) => words(row.a), show: (row) => <Recipe recipe={row.a} beside={row.b} /> },
        { name: other.version, value: (row) => words(row.b), show: (row) => <Recipe recipe={row.b} beside={row.a} /> },
      ]}
    />
  );
}

/** What a recipe is made of; what the other one does not have stands out. */
function Recipe({ recipe, beside }: { recipe: BundleRecipe | undefined; beside: BundleRecipe | undefined }) {
  const w = useWords();
  if (!recipe) return <span className="text-muted">{w.bundles.noRecipe}</span>;
  const marked = (names: readonly string[], others: readonly string[] | undefined) =>
    names.map((name) => (others?.includes(name) ? <Tag key={name}>{name}</Tag> : <ins key={name} className="rounded-full bg-accent-soft px-3 py-1 text-xs no-underline">{name}</ins>));
  return (
    <div className="min-w-56 space-y-2">
      <p className="text-xs text-muted">{w.bundles.ranker(recipe.ranker)}</p>
      <p className="flex flex-wrap gap-1">{marked(recipe.sources, beside?.sources)}</p>
      <p className="flex flex-wrap gap-1">{marked(recipe.rules, beside?.rules)}</p>
    </div>
  );
}
