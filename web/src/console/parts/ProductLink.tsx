import { Link } from "wouter";

/** A product by its picture and id; it opens as in the shop. */
export function ProductLink({ id, title, size = "small" }: { id: string; title?: string; size?: "small" | "big" }) {
  const side = size === "big" ? "size-12" : "size-8";
  return (
    <Link href={`/p/${encodeURIComponent(id)}`} className="inline-flex min-h-9 items-center gap-2.5 rounded text-left hover:underline">
      <img src={`/api/v1/images/${encodeURIComponent(id)}?size=96`} alt="" width={96} height={96} loading="lazy" decoding="async" onError={hide} className={`${side} shrink-0 rounded bg-well object-cover`} />
      <span className="min-w-0">
        {title && <span className="line-clamp-2 min-w-40">{title}</span>}
        <span className={title ? "block text-xs text-muted" : ""}>{id}</span>
      </span>
    </Link>
  );
}

/** A picture that cannot be had leaves its square, not a broken sign. */
function hide(event: { currentTarget: HTMLImageElement }): void {
  event.currentTarget.style.visibility = "hidden";
}
