import { createStore, useStore } from "../../app/store";
import type { RecipeRules, RuleInForce, RuleKind } from "../types";

/** What was changed and is not published, by recipe; kept while one looks at other pages. */
const drafts = createStore<Record<string, RuleInForce[]>>({});

export interface Draft {
  rules: RuleInForce[];
  changed: boolean;
  set: (rules: RuleInForce[]) => void;
  drop: () => void;
}

export function useDraft(recipe: RecipeRules): Draft {
  const kept = useStore(drafts)[recipe.recipe];
  const rules = kept ?? recipe.rules;
  return {
    rules,
    changed: kept !== undefined && !same(kept, recipe.rules),
    set: (next) => drafts.set((now) => ({ ...now, [recipe.recipe]: next })),
    drop: () => drafts.set((now) => Object.fromEntries(Object.entries(now).filter(([name]) => name !== recipe.recipe))),
  };
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The first rule that changes scores after another has arranged the items, which would undo the arranging. */
export function outOfOrder(rules: readonly RuleInForce[], kinds: readonly RuleKind[]): { late: string; before: string } | null {
  const effect = (rule: RuleInForce) => kinds.find((each) => each.kind === rule.kind)?.effect;
  const arranging = rules.findIndex((each) => effect(each) === "arranges");
  const late = rules.find((each, place) => arranging >= 0 && place > arranging && effect(each) === "reweighs");
  const before = rules[arranging];
  return late && before ? { late: late.kind, before: before.kind } : null;
}

export interface Change {
  kind: string;
  what: "added" | "removed" | "moved" | "parameter";
  name?: string;
  before?: unknown;
  after?: unknown;
}

/** What differs between two lists of rules, in words' order. */
export function changesOf(before: readonly RuleInForce[], after: readonly RuleInForce[]): Change[] {
  const kinds = (rules: readonly RuleInForce[]) => rules.map((each) => each.kind);
  const changes: Change[] = [];
  for (const rule of before) if (!kinds(after).includes(rule.kind)) changes.push({ kind: rule.kind, what: "removed" });
  const stayedBefore = kinds(before).filter((each) => kinds(after).includes(each));
  const stayedAfter = kinds(after).filter((each) => kinds(before).includes(each));
  for (const rule of after) {
    const old = before.find((each) => each.kind === rule.kind);
    if (!old) changes.push({ kind: rule.kind, what: "added" });
    else {
      if (stayedBefore.indexOf(rule.kind) !== stayedAfter.indexOf(rule.kind)) changes.push({ kind: rule.kind, what: "moved" });
      for (const name of new Set([...Object.keys(old.config), ...Object.keys(rule.config)])) {
        if (!same(old.config[name] ?? null, rule.config[name] ?? null)) changes.push({ kind: rule.kind, what: "parameter", name, before: old.config[name], after: rule.config[name] });
      }
    }
  }
  return changes;
}

/** The rules as the server takes them: each with the parameters that are not the shop's own. */
export function givenOf(rules: readonly RuleInForce[], kinds: readonly RuleKind[]): Record<string, unknown>[] {
  return rules.map((rule) => {
    const usual = kinds.find((each) => each.kind === rule.kind)?.config ?? {};
    const own = Object.entries(rule.config).filter(([name, value]) => !same(value, usual[name] ?? null) && value !== null);
    return { ...Object.fromEntries(own), kind: rule.kind };
  });
}
