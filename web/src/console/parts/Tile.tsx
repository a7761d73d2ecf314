import type { ReactNode } from "react";

/** A number that is looked at first. */
export function Tile({ name, value, note, bad = false }: { name: string; value: ReactNode; note?: ReactNode; bad?: boolean }) {
  return (
    <div className={`min-w-0 rounded-xl border bg-panel p-4 ${bad ? "border-bad" : "border-line"}`}>
      <dt className="text-sm text-muted">{name}</dt>
      <dd className={`mt-1 text-2xl tabular-nums break-words ${bad ? "text-bad" : ""}`}>{value}</dd>
      {note && <dd className="mt-1 text-xs break-words text-muted">{note}</dd>}
    </div>
  );
}

export function Tiles({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">{children}</dl>;
}
