import type { ReactNode } from "react";

/** Keeps a long table from pushing all else off the page; it scrolls by itself. */
export function Tall({ off = false, children }: { off?: boolean; children: ReactNode }) {
  if (off) return children;
  return <div className="[&_thead]:sticky [&_thead]:top-0 [&_thead]:z-10 [&_[role=region]]:max-h-[30rem] [&_[role=region]]:overflow-y-auto">{children}</div>;
}

/** The numbers of a drawing, for those who do not see it and those who want them. */
export function AsTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details className="mt-2">
      <summary className="inline-flex min-h-9 items-center text-sm text-accent underline-offset-4 hover:underline">{label}</summary>
      <div className="mt-2">
        <Tall>{children}</Tall>
      </div>
    </details>
  );
}
