import { useConsoleFormats } from "../formats";
import { Notice } from "../parts/Notice";
import { Section } from "../parts/Page";
import { useWords } from "../text";
import type { Trace } from "../types";
import { Final } from "./Final";
import { Found } from "./Found";
import { Lookup } from "./Lookup";
import { RulesDid } from "./RulesDid";
import { Waterfall } from "./Waterfall";

export function Account({ told }: { told: Trace }) {
  const w = useWords();
  return (
    <>
      <Way told={told} />
      {told.events === 0 && <Notice title={w.trace.noHistory}>{w.trace.noHistoryNote}</Notice>}
      <Section title={w.trace.final} note={w.trace.finalNote}>
        <Final told={told} />
      </Section>
      <Section title={w.trace.find} note={w.trace.findNote}>
        <Lookup told={told} />
      </Section>
      <Section title={w.trace.sources} note={w.trace.sourcesNote}>
        <Found told={told} />
      </Section>
      <Section title={w.trace.rules} note={w.trace.rulesNote}>
        <RulesDid told={told} />
      </Section>
      <Section title={w.trace.time} note={w.trace.timeNote}>
        <Waterfall ms={told.ms} />
      </Section>
    </>
  );
}

/** The four stages as numbers, in the order a candidate goes through them. */
function Way({ told }: { told: Trace }) {
  const w = useWords();
  const format = useConsoleFormats();
  const removed = told.steps.filter((each) => each.effect === "removes").reduce((sum, each) => sum + each.items.length, 0);
  const shown = told.final.filter((each) => each.shown).length + (told.filled?.items.length ?? 0);
  const total = Object.values(told.ms).reduce((sum, each) => sum + each, 0);
  const found = told.sources.reduce((sum, each) => sum + each.found.length, 0);
  const stages = [
    { name: w.trace.way.sources, value: found, note: w.trace.way.sourcesNote(told.sources.length) },
    { name: w.trace.way.merged, value: told.merged.candidates, note: w.trace.way.mergedNote(told.merged.ranked, told.merged.below) },
    { name: w.trace.way.rules, value: removed, note: w.trace.way.rulesNote(told.forbidden.reduce((sum, each) => sum + each.count, 0)) },
    { name: w.trace.way.final, value: told.final.length, note: w.trace.way.finalNote(shown) },
  ];
  return (
    <div>
      <p className="text-sm text-muted" role="status">
        {w.trace.asked(told.user_id ?? "–", w.surfaces[told.surface] ?? told.surface, told.model, told.bundle_version)} {w.trace.history(told.events)} {w.trace.took(format.ms(total))}
      </p>
      <ol className="mt-4 grid gap-3 sm:grid-cols-4 sm:gap-0">
        {stages.map((stage, place) => (
          <li key={stage.name} className="relative rounded-xl border border-line bg-panel p-4 sm:rounded-none sm:border-l-0 sm:first:rounded-l-xl sm:first:border-l sm:last:rounded-r-xl">
            <p className="text-sm text-muted">
              {place + 1}. {stage.name}
            </p>
            <p className="mt-1 text-2xl tabular-nums">{format.number(stage.value)}</p>
            <p className="mt-1 text-xs text-muted">{stage.note}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}
