import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAddress } from "../app/address";
import { tell } from "../app/toasts";
import { plain } from "../text";
import { Button } from "../ui/Button";
import { Select } from "../ui/Select";
import { Table } from "../ui/Table";
import { tellServer, useAsked } from "./ask";
import { Answer } from "./parts/Answer";
import { Confirm } from "./parts/Confirm";
import { Notice } from "./parts/Notice";
import { Page, Section } from "./parts/Page";
import { Tall } from "./parts/Tall";
import { changesOf, givenOf, outOfOrder, useDraft, type Change } from "./rules/draft";
import { Preview } from "./rules/Preview";
import { RuleList } from "./rules/RuleList";
import { bare } from "./rules/schema";
import { useWords } from "./text";
import type { RecipeRules, RuleKind } from "./types";

const PATH = "/api/v1/rules";

/** The rules of each recipe: read, changed, tried on past weeks, and put into force. */
export default function Rules() {
  const w = useWords();
  const { params, patch } = useAddress();
  const query = useAsked(PATH);
  return (
    <Page title={w.pages.rules} lead={w.rules.lead} path={PATH}>
      <Answer query={query}>
        {(told) => {
          const recipe = told.recipes.find((each) => each.recipe === params.get("recipe")) ?? told.recipes[0];
          if (!recipe) return null;
          return (
            <>
              <Select label={w.recipe} value={recipe.recipe} onChange={(value) => patch({ recipe: value }, { replace: true })}>
                {told.recipes.map((each) => (
                  <option key={each.recipe} value={each.recipe}>
                    {plain(each.recipe)}
                  </option>
                ))}
              </Select>
              <Recipe key={recipe.recipe} recipe={recipe} kinds={told.kinds} />
              <Kinds kinds={told.kinds} recipes={told.recipes} />
            </>
          );
        }}
      </Answer>
    </Page>
  );
}

function Recipe({ recipe, kinds }: { recipe: RecipeRules; kinds: readonly RuleKind[] }) {
  const w = useWords();
  const draft = useDraft(recipe);
  const [asking, setAsking] = useState(false);
  const given = givenOf(draft.rules, kinds);
  const wrong = outOfOrder(draft.rules, kinds);
  return (
    <>
      <Section title={plain(recipe.recipe)} note={`${recipe.title}. ${recipe.own ? w.rules.own : w.rules.notOwn}`}>
        <RuleList rules={draft.rules} published={recipe.rules} kinds={kinds} onChange={draft.set} />
        {wrong && (
          <div className="mt-4">
            <Notice bad title={w.rules.outOfOrder(plain(wrong.late), plain(wrong.before))} />
          </div>
        )}
        <div className={`mt-6 flex flex-wrap items-center gap-3 rounded-2xl border border-line bg-paper/95 p-3 ${draft.changed ? "sticky bottom-3 z-20 shadow-lg backdrop-blur-sm" : ""}`}>
          <p role="status" className="mr-auto px-2 text-sm">
            {draft.changed ? w.rules.changes(changesOf(recipe.rules, draft.rules).length) : w.rules.noChanges}
          </p>
          <Button disabled={!draft.changed} onClick={draft.drop}>
            {w.rules.drop}
          </Button>
          <Button shape="main" disabled={!draft.changed || wrong !== null} onClick={() => setAsking(true)}>
            {w.rules.publish}
          </Button>
        </div>
      </Section>
      <Section title={w.rules.previewTitle} note={w.rules.previewNote}>
        <Preview recipe={recipe.recipe} given={given} />
      </Section>
      {asking && <Publish recipe={recipe} given={given} changes={changesOf(recipe.rules, draft.rules)} onDone={draft.drop} onClose={() => setAsking(false)} />}
    </>
  );
}

interface PublishProps {
  recipe: RecipeRules;
  given: Record<string, unknown>[];
  changes: readonly Change[];
  onDone: () => void;
  onClose: () => void;
}

function Publish({ recipe, given, changes, onDone, onClose }: PublishProps) {
  const w = useWords();
  const client = useQueryClient();
  const perform = async () => {
    const answer = await tellServer("/api/v1/rules/publish", {}, { recipe: recipe.recipe, rules: given });
    tell(w.rules.published(answer.bundle_version));
    await client.invalidateQueries();
    onDone();
  };
  return (
    <Confirm title={w.rules.publishTitle(plain(recipe.recipe))} act={w.rules.publish} onAct={perform} onClose={onClose}>
      <ul className="list-inside list-disc space-y-1 text-sm">
        {changes.map((each) => (
          <li key={`${each.kind} ${each.what} ${each.name ?? ""}`} className="break-words">
            {each.what === "parameter" ? w.rules.changedParameter(plain(each.kind), each.name ?? "", short(each.before), short(each.after)) : w.rules.changeOf[each.what](plain(each.kind))}
          </li>
        ))}
      </ul>
      <p className="text-sm text-muted">{w.rules.publishNote}</p>
    </Confirm>
  );
}

const LONGEST = 80;

function short(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

function Kinds({ kinds, recipes }: { kinds: readonly RuleKind[]; recipes: readonly RecipeRules[] }) {
  const w = useWords();
  const users = (kind: string) => recipes.filter((each) => each.rules.some((rule) => rule.kind === kind)).map((each) => each.recipe);
  return (
    <Section title={w.rules.kinds} note={w.rules.kindsNote}>
      <Tall>
        <Table
          caption={w.rules.kinds}
          file="rules"
          rows={kinds}
          rowKey={(row) => row.kind}
          columns={[
            { name: w.trace.rule, value: (row) => row.kind, show: (row) => <span className="font-medium whitespace-nowrap">{plain(row.kind)}</span> },
            { name: w.trace.did, value: (row) => row.effect, show: (row) => w.effects[row.effect] ?? row.effect },
            { name: w.rules.does, value: (row) => bare(row.does), show: (row) => <span className="block min-w-48">{bare(row.does)}</span> },
            { name: w.rules.usedBy, value: (row) => users(row.kind).join(" "), show: (row) => <span className="text-xs text-muted">{users(row.kind).map(plain).join(", ") || "–"}</span> },
          ]}
        />
      </Tall>
    </Section>
  );
}
