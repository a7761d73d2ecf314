import { useState } from "react";
import { Table } from "../../ui/Table";
import { Select } from "../../ui/Select";
import { useConsoleFormats } from "../formats";
import { ProductLink } from "../parts/ProductLink";
import { Share } from "../parts/Share";
import { Tall } from "../parts/Tall";
import { useWords } from "../text";
import type { Trace } from "../types";

/** What each source found, and the whole list of one of them. */
export function Found({ told }: { told: Trace }) {
  const w = useWords();
  const format = useConsoleFormats();
  const [chosen, setChosen] = useState("");
  const source = told.sources.find((each) => each.source === chosen) ?? told.sources.find((each) => each.found.length) ?? told.sources[0];
  const by = Object.entries(told.merged.found_by).map(([sources, count]) => w.trace.foundBy(Number(sources), count));
  return (
    <div className="space-y-6">
      <Table
        caption={w.trace.sources}
        file="sources"
        rows={told.sources}
        rowKey={(row) => row.source}
        columns={[
          { name: w.trace.source, value: (row) => row.source, show: (row) => <span className="font-medium">{row.source}</span> },
          { name: w.trace.kind, value: (row) => row.kind },
          { name: w.trace.of, value: (row) => row.of, show: (row) => w.trace.ofs[row.of] ?? row.of },
          { name: w.trace.found, value: (row) => row.found.length, show: (row) => <Share share={row.found.length / Math.max(row.quota, 1)}>{`${format.number(row.found.length)} / ${format.number(row.quota)}`}</Share>, right: true },
          { name: w.trace.alone, value: (row) => row.alone, show: (row) => format.number(row.alone), right: true },
          { name: w.trace.best, value: (row) => row.found[0]?.item_id ?? null, show: (row) => (row.found[0] ? <ProductLink id={row.found[0].item_id} /> : <span className="text-muted">{w.trace.nothing}</span>) },
        ]}
      />
      <p className="text-sm text-muted">
        {w.trace.merged(format.number(told.merged.candidates), by.join(", "))} {w.trace.pool(format.number(told.merged.ranked), format.number(told.merged.below))}
        {told.merged.widened && ` ${w.trace.widened}`}
      </p>
      {source && (
        <div>
          <div className="mb-3">
            <Select label={w.trace.allOf} value={source.source} onChange={setChosen}>
              {told.sources.map((each) => (
                <option key={each.source} value={each.source}>
                  {each.source} ({each.found.length})
                </option>
              ))}
            </Select>
          </div>
          {source.found.length > 0 && (
            <Tall>
              <Table
                caption={w.trace.allOf}
                file={`source-${source.source}`}
                rows={source.found}
                rowKey={(row) => row.item_id}
                columns={[
                  { name: w.trace.rank, value: (row) => row.rank, right: true },
                  { name: w.product, value: (row) => row.item_id, show: (row) => <ProductLink id={row.item_id} /> },
                  { name: w.trace.ownScore, value: (row) => row.score, show: (row) => <Share share={row.score / Math.max(source.found[0]?.score ?? 1, 1e-9)}>{format.figure(row.score)}</Share>, right: true },
                ]}
              />
            </Tall>
          )}
        </div>
      )}
    </div>
  );
}
