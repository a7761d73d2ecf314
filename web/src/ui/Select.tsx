import type { ReactNode } from "react";
import { DownIcon } from "./icons";

interface SelectProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
  /** Whether the label is only read out. */
  hideLabel?: boolean;
}

export function Select({ label, value, onChange, children, hideLabel = false }: SelectProps) {
  return (
    <label className="inline-flex max-w-full items-center gap-2 text-sm text-muted">
      <span className={hideLabel ? "sr-only" : "whitespace-nowrap"}>{label}</span>
      <span className="relative inline-flex min-w-0">
        <select
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="min-h-11 max-w-56 min-w-0 appearance-none truncate rounded-full border border-line bg-paper pr-10 pl-4 text-ink hover:border-ink"
        >
          {children}
        </select>
        <span className="pointer-events-none absolute inset-y-0 right-3.5 grid place-items-center [&_svg]:size-4">
          <DownIcon />
        </span>
      </span>
    </label>
  );
}
