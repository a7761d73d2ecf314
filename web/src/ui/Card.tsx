import { memo } from "react";
import { Link } from "wouter";
import type { ProductLike, RecommendedItem } from "../api/types";
import { openDialog } from "../app/address";
import { dismiss } from "../app/dismissed";
import { record, recordImpression, type Shown } from "../app/events";
import { remember } from "../app/remembered";
import { tell } from "../app/toasts";
import { toggleSaved, useSaved } from "../app/wishlist";
import { useText } from "../text";
import { Bar } from "./Bar";
import { IconButton } from "./Button";
import { HeartIcon, HideIcon, SimilarIcon } from "./icons";
import { Picture } from "./Picture";
import { Price } from "./Price";
import { useInView } from "./useInView";

interface CardProps {
  product: ProductLike;
  /** Of a recommendation: where it was shown, so that what follows is counted for it. */
  from?: Shown | null;
  /** Of a recommendation: its reason and its figures. */
  because?: RecommendedItem;
  model?: string;
  /** How alike it is to what the list is about, 0 to 1. */
  similarity?: number;
  sizes: string;
  eager?: boolean;
}

const WATCHED = { share: 0.5, afterMs: 700 };

/** A product in a list. The whole card opens it; the buttons on it do what they say. */
export const Card = memo(function Card({ product, from = null, because, model = "", similarity, sizes, eager = false }: CardProps) {
  const t = useText();
  const title = product.title ?? t.card.untitled;
  const seen = useInView<HTMLElement>(from ? () => recordImpression(product.item_id, from) : null, WATCHED);
  const open = () => {
    if (from && because) remember({ item: because, shown: from, model });
    record({ item_id: product.item_id, event: "click", ...from });
  };
  return (
    <article ref={seen} className="group relative flex min-w-0 flex-col">
      <div className="relative overflow-hidden rounded-lg">
        <Picture itemId={product.item_id} alt="" sizes={sizes} eager={eager} className="transition duration-300 group-hover:opacity-90" />
        <SaveButton product={product} title={title} from={from} />
      </div>
      <h3 className="mt-3 line-clamp-2 min-h-10 text-sm leading-5">
        <Link href={`/p/${encodeURIComponent(product.item_id)}`} onClick={open} className="after:absolute after:inset-0 after:rounded-lg group-hover:underline">
          {title}
        </Link>
      </h3>
      <p className="mt-1 flex items-center justify-between gap-2">
        <Price value={product.item_price} className="font-medium" />
        <SimilarButton itemId={product.item_id} title={title} />
      </p>
      {because && <Because item={because} from={from} model={model} title={title} />}
      {similarity !== undefined && (
        <div className="mt-1">
          <Bar label={t.card.similarity} share={similarity} />
        </div>
      )}
    </article>
  );
});

function SaveButton({ product, title, from }: { product: ProductLike; title: string; from: Shown | null }) {
  const t = useText();
  const saved = useSaved().some((each) => each.item_id === product.item_id);
  return (
    <IconButton
      label={saved ? t.card.unsave(title) : t.card.save(title)}
      aria-pressed={saved}
      onClick={() => tell(toggleSaved(product, from) ? t.card.saved : t.card.unsaved)}
      className={`absolute! top-1 right-1 z-10 size-10! bg-paper/70 backdrop-blur-sm hover:bg-paper! ${saved ? "text-accent!" : ""}`}
    >
      <HeartIcon filled={saved} />
    </IconButton>
  );
}

function SimilarButton({ itemId, title }: { itemId: string; title: string }) {
  const t = useText();
  return (
    <IconButton label={t.card.similarTo(title)} onClick={() => openDialog("similar", itemId)} className="relative z-10 -my-2 -mr-2 text-muted! hover:text-ink!">
      <SimilarIcon />
    </IconButton>
  );
}

/** Why it is shown, how sure that is, and a way to have it no more. */
function Because({ item, from, model, title }: { item: RecommendedItem; from: Shown | null; model: string; title: string }) {
  const t = useText();
  const ask = () => {
    if (from) remember({ item, shown: from, model });
    openDialog("why", item.item_id);
  };
  return (
    <div className="mt-1 flex flex-1 flex-col">
      <p className="line-clamp-2 min-h-8 text-xs leading-4 text-muted">{item.recommendation_reason}</p>
      <div className="mt-auto pt-2">
        <Bar label={t.card.relevance} share={item.relevance_score} title={t.why.relevance} />
        {item.confidence_score !== null && (
          <Bar label={t.card.confidence} share={item.confidence_score} title={t.why.confidence} digits={1} />
        )}
        <div className="relative z-10 mt-1 flex items-center justify-between">
          <button type="button" onClick={ask} aria-label={t.card.whyOf(title)} className="min-h-9 text-xs text-accent underline-offset-4 hover:underline">
            {t.card.why}
          </button>
          <IconButton
            label={t.card.dismissOf(title)}
            onClick={() => {
              dismiss(item.item_id, from);
              tell(t.card.dismissed);
            }}
            className="-mr-2 size-9! text-muted! hover:text-ink! [&_svg]:size-4.5"
          >
            <HideIcon />
          </IconButton>
        </div>
      </div>
    </div>
  );
}
