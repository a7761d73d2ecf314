import type { ReactNode } from "react";

/** Something that an operator should not pass over. */
export function Notice({ title, children, bad = false }: { title: string; children?: ReactNode; bad?: boolean }) {
  return (
    <div role={bad ? "alert" : "note"} className={`rounded-xl border p-4 text-sm ${bad ? "border-bad" : "border-line bg-panel"}`}>
      <p className={`font-medium ${bad ? "text-bad" : ""}`}>{title}</p>
      {children && <div className="mt-1 break-words text-muted">{children}</div>}
    </div>
  );
}
