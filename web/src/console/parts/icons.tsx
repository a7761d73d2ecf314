import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 24 24" className="size-5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {children}
    </svg>
  );
}

export const BackIcon = () => <Icon><path d="M19 12H5m5.5-5.5L5 12l5.5 5.5" /></Icon>;
export const UpIcon = () => <Icon><path d="M12 19V5m-6 6 6-6 6 6" /></Icon>;
export const DownIcon = () => <Icon><path d="M12 5v14m6-6-6 6-6-6" /></Icon>;
export const GripIcon = () => <Icon><path d="M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01" strokeWidth="2.4" /></Icon>;
export const PlusIcon = () => <Icon><path d="M12 5v14M5 12h14" /></Icon>;
export const MinusIcon = () => <Icon><path d="M5 12h14" /></Icon>;
export const WholeIcon = () => <Icon><path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" /></Icon>;
