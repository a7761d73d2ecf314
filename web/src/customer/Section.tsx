import { useId, type ReactNode } from "react";

export function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="min-w-0">
      <h2 id={heading} className="font-display text-2xl">
        {title}
      </h2>
      {note && <p className="mt-1 max-w-prose text-sm text-muted">{note}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}
