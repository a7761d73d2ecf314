import { useFormats, useText } from "../text";

export function Price({ value, className = "" }: { value: number | null | undefined; className?: string }) {
  const t = useText();
  const format = useFormats();
  return <span className={`tabular-nums ${className}`}>{value == null ? t.card.noPrice : format.money(value)}</span>;
}
