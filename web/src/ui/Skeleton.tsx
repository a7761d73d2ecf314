import { useText } from "../text";

/** Where products will stand: the same room as they take, so that nothing moves when they come. */
export function CardSkeletons({ count, className }: { count: number; className: string }) {
  const t = useText();
  return (
    <div className={className} aria-busy="true" aria-label={t.loading} role="group">
      {Array.from({ length: count }, (_, place) => (
        <div key={place} className="animate-pulse">
          <div className="aspect-square rounded-lg bg-well" />
          <div className="mt-3 h-4 w-4/5 rounded bg-well" />
          <div className="mt-2 h-4 w-2/5 rounded bg-well" />
          <div className="mt-2 h-8 w-full rounded bg-well" />
        </div>
      ))}
    </div>
  );
}
