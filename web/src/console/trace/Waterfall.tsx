import { Table } from "../../ui/Table";
import { useConsoleFormats } from "../formats";
import { AsTable } from "../parts/Tall";
import { useWords } from "../text";

/** Each stage as a bar that begins where the one before it ended. */
export function Waterfall({ ms }: { ms: Record<string, number> }) {
  const w = useWords();
  const format = useConsoleFormats();
  const stages = Object.entries(ms);
  const total = stages.reduce((sum, [, each]) => sum + each, 0) || 1;
  let before = 0;
  const bars = stages.map(([name, took]) => {
    const bar = { name, took, from: before / total, share: took / total };
    before += took;
    return bar;
  });
  return (
    <>
      <ol className="rounded-xl border border-line p-4 text-sm">
        {bars.map((bar) => (
          <li key={bar.name} className="grid grid-cols-[minmax(7rem,11rem)_1fr_4.5rem] items-center gap-3 py-0.5">
            <span className="truncate" title={bar.name}>
              {stageName(bar.name, w.trace.stages)}
            </span>
            <span aria-hidden="true" className="relative h-3 rounded bg-well">
              <span className={`absolute inset-y-0 min-w-0.5 rounded-sm ${colourOf(bar.name)}`} style={{ left: `${bar.from * 100}%`, width: `${bar.share * 100}%` }} />
            </span>
            <span className="text-right text-xs text-muted tabular-nums">{format.ms(bar.took)}</span>
          </li>
        ))}
        <li className="mt-2 grid grid-cols-[minmax(7rem,11rem)_1fr_4.5rem] gap-3 border-t border-line pt-2 font-medium">
          <span>{w.trace.total}</span>
          <span />
          <span className="text-right text-xs tabular-nums">{format.ms(total)}</span>
        </li>
      </ol>
      <AsTable label={w.asTable}>
        <Table
          caption={w.trace.time}
          file="stages"
          rows={stages}
          rowKey={([name]) => name}
          columns={[
            { name: w.trace.stage, value: ([name]) => name, show: ([name]) => stageName(name, w.trace.stages) },
            { name: "ms", value: ([, took]) => took, show: ([, took]) => format.ms(took), right: true },
          ]}
        />
      </AsTable>
    </>
  );
}

function stageName(name: string, words: Readonly<Record<string, string>>): string {
  const [kind = "", ...rest] = name.split(" ");
  const word = words[name] ?? words[kind] ?? kind;
  return words[name] ? word : [word, ...rest].join(" ");
}

function colourOf(name: string): string {
  if (name.startsWith("retrieve")) return "bg-accent";
  return name.startsWith("rule") || name === "admit" || name === "forbid" ? "bg-good" : "bg-ink";
}
