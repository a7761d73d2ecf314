import { useEffect } from "react";
import { Link } from "wouter";
import { useItem } from "../api/hooks";
import { ApiError } from "../api/client";
import type { Item, ProductLike } from "../api/types";
import { useTitle } from "../app/address";
import { addToCart, useCart } from "../app/cart";
import { record } from "../app/events";
import { remembered } from "../app/remembered";
import { SHOP_NAME } from "../app/shop-facts";
import { tell } from "../app/toasts";
import { toggleSaved, useSaved } from "../app/wishlist";
import { plain, useFormats, useLanguage, useText } from "../text";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { HeartIcon } from "../ui/icons";
import { Picture } from "../ui/Picture";
import { Price } from "../ui/Price";
import { Problem } from "../ui/Problem";
import { attributesOf, inLanguage, priceOf, textOf } from "./attributes";
import { PlaceShelf } from "./PlaceShelf";
import { categoryAddress, searchAddress } from "./search/address";
import { SimilarTabs, useAlike } from "./SimilarTabs";

/** Below this a visit is a glance, of which the click tells already. */
const GLANCE_S = 2;

export function Product({ id }: { id: string }) {
  const t = useText();
  const { data, error, isPending, refetch } = useItem(id);
  useViewed(id, data !== undefined);
  if (isPending) return <Waiting />;
  if (!data) {
    if (error instanceof ApiError && error.status === 404) {
      return (
        <Empty title={t.product.notFound}>
          <ButtonLink to="/">{t.cart.look}</ButtonLink>
        </Empty>
      );
    }
    return <Problem error={error} onRetry={() => void refetch()} />;
  }
  return <Found key={id} item={data} />;
}

/** Record on leaving how long it was looked at. */
function useViewed(id: string, there: boolean): void {
  useEffect(() => {
    if (!there) return;
    const began = performance.now();
    return () => {
      const duration_s = Math.min((performance.now() - began) / 1000, 86_400);
      if (duration_s >= GLANCE_S) {
        record({ item_id: id, event: "view", duration_s: Math.round(duration_s * 10) / 10, ...remembered(id)?.shown });
      }
    };
  }, [id, there]);
}

function Found({ item }: { item: Item }) {
  const t = useText();
  const language = useLanguage();
  const { attributes } = item;
  const title = inLanguage(attributes, "title", language) || t.card.untitled;
  const category = textOf(attributes["category"]);
  const brand = textOf(attributes["brand"]);
  useTitle(title, SHOP_NAME);
  const product: ProductLike = { item_id: item.item_id, title, category, item_price: priceOf(attributes) };
  return (
    <div className="space-y-16">
      <article className="grid gap-8 md:grid-cols-2 lg:gap-14">
        <Picture itemId={item.item_id} alt={title} sizes="(min-width: 48rem) 45vw, 92vw" eager className="rounded-2xl" />
        <div className="min-w-0 md:py-4">
          <nav className="text-sm text-muted">
            {category && (
              <Link href={categoryAddress(category)} className="underline-offset-4 hover:underline">
                {plain(category)}
              </Link>
            )}
            {brand && (
              <>
                {" · "}
                <Link href={searchAddress({ filters: [`brand=${brand}`] })} className="underline-offset-4 hover:underline">
                  {brand}
                </Link>
              </>
            )}
          </nav>
          <h1 className="mt-2 font-display text-3xl leading-tight">{title}</h1>
          <Price value={product.item_price} className="mt-4 block text-2xl" />
          <Stock item={item} />
          <Buy product={product} available={!item.withdrawn && attributes["in_stock"] !== false} />
          <Description text={inLanguage(attributes, "description", language)} />
          <Details attributes={attributes} />
        </div>
      </article>
      <SimilarItems itemId={item.item_id} />
      <PlaceShelf title="" quiet surface="cart" items={[item.item_id]} />
      <PlaceShelf title="" quiet surface="product_page" items={[item.item_id]} />
    </div>
  );
}

function Stock({ item }: { item: Item }) {
  const t = useText();
  const there = item.attributes["in_stock"] !== false;
  const [words, tone] = item.withdrawn
    ? [t.product.withdrawn, "text-bad"]
    : there
      ? [t.product.inStock, "text-good"]
      : [t.product.outOfStock, "text-bad"];
  return <p className={`mt-2 text-sm ${tone}`}>{words}</p>;
}

function Buy({ product, available }: { product: ProductLike; available: boolean }) {
  const t = useText();
  const saved = useSaved().some((each) => each.item_id === product.item_id);
  const inCart = useCart().some((each) => each.item_id === product.item_id);
  const from = remembered(product.item_id)?.shown ?? null;
  return (
    <div className="mt-6 flex flex-wrap gap-3">
      <Button
        shape="main"
        disabled={!available}
        className="grow sm:grow-0 sm:px-10"
        onClick={() => {
          addToCart(product, from);
          tell(t.product.added);
        }}
      >
        {t.product.addToCart}
      </Button>
      <Button aria-pressed={saved} onClick={() => tell(toggleSaved(product, from) ? t.card.saved : t.card.unsaved)} className={saved ? "text-accent!" : ""}>
        <HeartIcon filled={saved} />
        {saved ? t.product.savedLabel : t.product.save}
      </Button>
      {inCart && (
        <ButtonLink shape="quiet" to="/cart">
          {t.product.toCart}
        </ButtonLink>
      )}
    </div>
  );
}

function Description({ text }: { text: string }) {
  return text ? <p className="mt-8 max-w-prose leading-relaxed">{text}</p> : null;
}

function Details({ attributes }: { attributes: Record<string, unknown> }) {
  const t = useText();
  const format = useFormats();
  const rows = attributesOf(attributes, t.product.fields, format);
  if (!rows.length) return null;
  return (
    <dl className="mt-8 grid grid-cols-[auto_1fr] border-t border-line text-sm">
      {rows.map((row) => (
        <div key={row.name} className="col-span-2 grid grid-cols-subgrid gap-x-8 border-b border-line py-2">
          <dt className="text-muted">{t.product.fields[row.name] ?? plain(row.name)}</dt>
          <dd>{row.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function SimilarItems({ itemId }: { itemId: string }) {
  const t = useText();
  const alike = useAlike(itemId, 4);
  return (
    <section aria-labelledby="similar">
      <h2 id="similar" className="mb-2 font-display text-2xl">
        {t.similar.title}
      </h2>
      <SimilarTabs {...alike} />
    </section>
  );
}

function Waiting() {
  const t = useText();
  return (
    <div className="grid animate-pulse gap-8 md:grid-cols-2 lg:gap-14" aria-busy="true">
      <span className="sr-only">{t.loading}</span>
      <div className="aspect-square rounded-2xl bg-well" />
      <div className="space-y-4 md:py-6">
        <div className="h-9 w-4/5 rounded bg-well" />
        <div className="h-7 w-1/4 rounded bg-well" />
        <div className="h-11 w-1/2 rounded-full bg-well" />
      </div>
    </div>
  );
}
