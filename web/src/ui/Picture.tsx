import { useState } from "react";
import { useText } from "../text";

/** Sides that are asked for, in pixels: few, so that the server's small pictures are made once and kept. */
const SIDES = [160, 320, 512];

function source(itemId: string, size: number): string {
  return `/api/v1/images/${encodeURIComponent(itemId)}?size=${size}`;
}

interface PictureProps {
  itemId: string;
  /** What it shows; empty where the words beside it say it already. */
  alt: string;
  /** How wide it is on the page, as the `sizes` of an image. */
  sizes: string;
  eager?: boolean;
  className?: string;
}

/** The picture of a product in a square that is there before it comes, so that nothing on the page moves. */
export function Picture({ itemId, alt, sizes, eager = false, className = "" }: PictureProps) {
  const t = useText();
  const [missing, setMissing] = useState("");
  return (
    <div className={`relative aspect-square overflow-hidden bg-well ${className}`}>
      {missing === itemId ? (
        <div className="absolute inset-0 grid place-items-center p-2 text-center text-xs text-muted" {...(alt ? { role: "img", "aria-label": alt } : {})}>
          {t.card.noPicture}
        </div>
      ) : (
        <img
          key={itemId}
          src={source(itemId, 320)}
          srcSet={SIDES.map((side) => `${source(itemId, side)} ${side}w`).join(", ")}
          sizes={sizes}
          alt={alt}
          width={512}
          height={512}
          loading={eager ? "eager" : "lazy"}
          decoding="async"
          onError={() => setMissing(itemId)}
          className="size-full object-cover"
        />
      )}
    </div>
  );
}
