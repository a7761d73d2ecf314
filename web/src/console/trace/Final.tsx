import { useState } from "react";
import { Button } from "../../ui/Button";
import { Table } from "../../ui/Table";
import { useText } from "../../text";
import { useConsoleFormats } from "../formats";
import { useColours } from "../parts/colours";
import { Notice } from "../parts/Notice";
import { ProductLink } from "../parts/ProductLink";
import { Tall } from "../parts/Tall";
import { useWords } from "../text";
import type { Ranked, Trace } from "../types";

const SCALE = 1e-9;

/** What was left, best first, each with what its score is made of. */
export function Final({ told }: { told: Trace }) {
  const w = useWords();
  const t = useText();
  const format = useConsoleFormats();
  const { kinds } = useColours();
  const [all, setAll] = useState(false);
  const names = told.sources.map((each) => each.source);
  const colourOf = (name: string) => kinds[Math.max(names.indexOf(name), 0) % kinds.length];
  const rows = all ? told.final : told.final.filter((each) => each.shown);
  const most = Math.max(...told.final.map((each) => Math.max(each.given, each.score)), SCALE);
  return (
    <div className="space-y-4">
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label={w.trace.colours}>
        {names.map((name) => (
          <li key={name} className="flex items-center gap-1.5">
            <span aria-hidden="true" className="size-2.5 rounded-full" style={{ background: colourOf(name) }} />
            {name}
          </li>
        ))}
      </ul>
      {rows.length === 0 && <Notice title={w.trace.nothingLeft} />}
      {rows.length > 0 && (
        <Tall off={!all}>
          <Table
            caption={w.trace.final}
            file="final"
            rows={rows}
            rowKey={(row) => row.item_id}
            columns={[
              { name: "#", value: (row) => row.place, right: true },
              { name: w.product, value: (row) => row.item_id, show: (row) => <ProductLink id={row.item_id} title={row.title} size="big" /> },
              {
                name: w.trace.shares,
                value: (row) => Object.entries(row.shares).map(([name, share]) => `${name} ${share.toFixed(4)}`).join(" "),
                show: (row) => <Shares row={row} most={most} colourOf={colourOf} />,
              },
              { name: w.trace.given, value: (row) => row.given, show: (row) => format.figure(row.given), right: true },
              { name: w.trace.score, value: (row) => row.score, show: (row) => <Score row={row} />, right: true },
              { name: w.trace.ranks, value: (row) => ranksOf(row), show: (row) => <span className="block min-w-24 text-xs text-muted">{ranksOf(row)}</span> },
              { name: w.reason, value: (row) => row.reason, show: (row) => <span className="block min-w-40 text-xs">{row.reason ?? t.none}</span> },
            ]}
          />
        </Tall>
      )}
      {told.final.length > rows.length && <Button onClick={() => setAll(true)}>{w.trace.showAll(told.final.length)}</Button>}
      {told.filled && <Filled filled={told.filled} />}
    </div>
  );
}

function ranksOf(row: Ranked): string {
  return Object.entries(row.ranks).map(([name, rank]) => `${name} ${rank}`).join(", ");
}

/** The score after rules; where they changed it, that stands out. */
function Score({ row }: { row: Ranked }) {
  const format = useConsoleFormats();
  const changed = Math.abs(row.given - row.score) > SCALE;
  return <span className={changed ? "font-medium text-accent" : ""}>{format.figure(row.score)}</span>;
}

function Shares({ row, most, colourOf }: { row: Ranked; most: number; colourOf: (name: string) => string | undefined }) {
  const format = useConsoleFormats();
  const shares = Object.entries(row.shares).filter(([, share]) => share > 0);
  const words = shares.map(([name, share]) => `${name} ${format.figure(share)}`).join(", ");
  return (
    <span title={words} className="block w-24 sm:w-28">
      <span className="sr-only">{words}</span>
      <span aria-hidden="true" className="flex h-3 overflow-hidden rounded bg-well">
        {shares.map(([name, share]) => (
          <span key={name} style={{ width: `${(share / most) * 100}%`, background: colourOf(name) }} />
        ))}
      </span>
    </span>
  );
}

function Filled({ filled }: { filled: NonNullable<Trace["filled"]> }) {
  const w = useWords();
  return (
    <div>
      <p className="mb-3 text-sm text-muted">{w.trace.filled(filled.items.length, filled.source, filled.found)}</p>
      {filled.items.length > 0 && (
        <Table
          caption={w.trace.filledCaption}
          file="filled"
          rows={filled.items}
          rowKey={(row) => row.item_id}
          columns={[
            { name: "#", value: (row) => row.place, right: true },
            { name: w.product, value: (row) => row.item_id, show: (row) => <ProductLink id={row.item_id} title={row.title} size="big" /> },
            { name: w.reason, value: (row) => row.reason },
          ]}
        />
      )}
    </div>
  );
}
