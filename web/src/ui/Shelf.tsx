import { useId, type ReactNode } from "react";
import { useText } from "../text";

interface ShelfProps {
  title: string;
  /** Beside the title, as a link to more. */
  aside?: ReactNode;
  children: ReactNode;
}

export const SHELF_SIZES = "(min-width: 64rem) 224px, (min-width: 40rem) 200px, 44vw";
const STRIP =
  "-mx-4 grid auto-cols-[44vw] grid-flow-col gap-4 overflow-x-auto overscroll-x-contain scroll-smooth px-4 py-1 snap-x scroll-px-4 sm:auto-cols-[12.5rem] sm:gap-6 lg:auto-cols-[14rem] *:snap-start";

/** A row of products that is scrolled sideways; by keyboard, too. */
export function Shelf({ title, aside, children }: ShelfProps) {
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <div className="mb-4 flex items-baseline justify-between gap-4">
        <h2 id={heading} className="font-display text-2xl">
          {title}
        </h2>
        {aside}
      </div>
      <div className={STRIP} tabIndex={0} role="group" aria-labelledby={heading}>
        {children}
      </div>
    </section>
  );
}

/** A row whose products are still on their way. */
export function ShelfWaiting({ title }: { title: string }) {
  const t = useText();
  return (
    <section aria-busy="true" aria-label={title}>
      <h2 className="mb-4 font-display text-2xl">{title}</h2>
      <div className={STRIP.replace("overflow-x-auto", "overflow-hidden")}>
        <span className="sr-only">{t.loading}</span>
        {Array.from({ length: 6 }, (_, place) => (
          <div key={place} className="animate-pulse">
            <div className="aspect-square rounded-lg bg-well" />
            <div className="mt-3 h-10 w-4/5 rounded bg-well" />
            <div className="mt-1 h-6 w-2/5 rounded bg-well" />
          </div>
        ))}
      </div>
    </section>
  );
}
