import type { ReactNode } from "react";

/** Says that there is nothing, why, and where to go on. */
export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center py-6 sm:py-10 text-center">
      <p className="font-display text-2xl">{title}</p>
      {hint && <p className="mt-2 text-sm text-muted">{hint}</p>}
      {children && <div className="mt-6 flex flex-wrap justify-center gap-3">{children}</div>}
    </div>
  );
}
