import { useId, type ReactNode } from "react";
import { INPUT } from "./Field";

/** A labelled choice that stands in a form, its label above it. */
export function Choice({ label, value, onChange, children, className = "" }: { label: string; value: string; onChange: (value: string) => void; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className="mb-1 block text-sm text-muted">
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)} className={INPUT}>
        {children}
      </select>
    </div>
  );
}
