import type { ReactNode } from "react";
import { CloseIcon } from "./icons";

interface ChipProps {
  children: ReactNode;
  pressed?: boolean;
  onPress: () => void;
}

/** A choice that can be switched on and off. */
export function Chip({ children, pressed = false, onPress }: ChipProps) {
  const look = pressed ? "border-ink bg-ink text-paper" : "border-line bg-paper text-ink hover:border-ink";
  return (
    <button type="button" aria-pressed={pressed} onClick={onPress} className={`inline-flex min-h-9 items-center gap-1.5 rounded-full border px-3.5 text-sm transition ${look}`}>
      {children}
    </button>
  );
}

/** Something chosen that can be taken back. */
export function RemovableChip({ children, label, onRemove }: { children: ReactNode; label: string; onRemove: () => void }) {
  return (
    <button type="button" aria-label={label} onClick={onRemove} className="inline-flex min-h-9 items-center gap-1 rounded-full bg-accent-soft pr-2 pl-3.5 text-sm text-ink transition hover:opacity-80 [&_svg]:size-4">
      {children}
      <CloseIcon />
    </button>
  );
}

/** A short fact. */
export function Tag({ children }: { children: ReactNode }) {
  return <span className="inline-flex items-center rounded-full bg-well px-3 py-1 text-xs text-muted">{children}</span>;
}
