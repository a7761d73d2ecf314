import type { ReactNode } from "react";

/** A number with a bar behind it that compares it with the others of its column; the bar says nothing of its own. */
export function Share({ share, children, tone = "accent" }: { share: number; children: ReactNode; tone?: "accent" | "bad" | "muted" }) {
  const colour = { accent: "bg-accent", bad: "bg-bad", muted: "bg-muted" }[tone];
  return (
    <span className="flex items-center justify-end gap-3">
      <span aria-hidden="true" className="hidden h-1.5 w-14 overflow-hidden rounded-full bg-line sm:block">
        <span className={`block h-full rounded-full ${colour}`} style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
      </span>
      <span className="min-w-14 tabular-nums">{children}</span>
    </span>
  );
}
