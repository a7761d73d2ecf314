import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";

const SHAPES = {
  main: "bg-ink text-paper hover:opacity-85",
  plain: "border border-line bg-paper text-ink hover:border-ink",
  quiet: "text-accent underline-offset-4 hover:underline",
} as const;

const BASE = "inline-flex min-h-11 items-center justify-center gap-2 rounded-full px-5 text-sm font-medium transition disabled:opacity-50";

interface Look {
  shape?: keyof typeof SHAPES;
  className?: string;
  children: ReactNode;
}

export function Button({ shape = "plain", className = "", type = "button", ...rest }: Look & ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type={type} className={`${BASE} ${SHAPES[shape]} ${className}`} {...rest} />;
}

export function ButtonLink({ shape = "plain", className = "", to, children }: Look & { to: string }) {
  return (
    <Link href={to} className={`${BASE} ${SHAPES[shape]} ${className}`}>
      {children}
    </Link>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  children: ReactNode;
}

/** A button of an icon alone; what it does is said to those who do not see it, and shown on resting. */
export function IconButton({ label, className = "", children, ...rest }: IconButtonProps) {
  return (
    <button type="button" aria-label={label} title={label} className={`inline-grid size-11 place-items-center rounded-full text-ink transition hover:bg-well ${className}`} {...rest}>
      {children}
    </button>
  );
}
