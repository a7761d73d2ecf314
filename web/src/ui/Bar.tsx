import { useFormats } from "../text";

interface BarProps {
  label: string;
  /** 0 to 1. */
  share: number;
  title?: string;
  digits?: number;
}

/** A share as a bar with its number. */
export function Bar({ label, share, title, digits = 0 }: BarProps) {
  const format = useFormats();
  const shown = Math.min(Math.max(share, 0), 1);
  return (
    <div className="grid grid-cols-[4.5rem_1fr_2.75rem] items-center gap-2 text-xs text-muted" title={title}>
      <span className="truncate">{label}</span>
      <span role="meter" aria-label={title ?? label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(shown * 100)} className="h-1 overflow-hidden rounded-full bg-line">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${shown * 100}%` }} />
      </span>
      <span className="text-right tabular-nums">{format.percent(share, digits)}</span>
    </div>
  );
}
