import { useId, type InputHTMLAttributes, type ReactNode } from "react";

export const INPUT = "min-h-11 w-full min-w-0 rounded-xl border border-line bg-paper px-4 text-ink hover:border-ink";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  hideLabel?: boolean;
}

/** A labelled input; what it expects is said below it. */
export function Field({ label, hint, hideLabel = false, className = "", ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1 block text-sm text-muted"}>
        {label}
      </label>
      <input id={id} autoComplete="off" spellCheck={false} aria-describedby={hint ? `${id}-hint` : undefined} className={INPUT} {...rest} />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
