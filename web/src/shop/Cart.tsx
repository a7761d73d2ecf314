import { useState } from "react";
import { Link } from "wouter";
import { useTitle, useAddress } from "../app/address";
import { addToCart, removeFromCart, setQuantity, totalOf, useCart, type CartLine } from "../app/cart";
import { order } from "../app/orders";
import { SHOP_NAME } from "../app/shop-facts";
import { tell } from "../app/toasts";
import { toggleSaved, useSaved } from "../app/wishlist";
import { useFormats, useText } from "../text";
import { Button, ButtonLink, IconButton } from "../ui/Button";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { CloseIcon } from "../ui/icons";
import { Picture } from "../ui/Picture";
import { Price } from "../ui/Price";
import { Problem } from "../ui/Problem";
import { Shelf, SHELF_SIZES } from "../ui/Shelf";
import { PlaceShelf } from "./PlaceShelf";
import { PopularShelf } from "./PopularShelf";

export function Cart() {
  const t = useText();
  const cart = useCart();
  useTitle(t.cart.title, SHOP_NAME);
  return (
    <div className="space-y-14">
      <h1 className="font-display text-3xl">{t.cart.title}</h1>
      {cart.length ? (
        <>
          <div className="grid items-start gap-8 lg:grid-cols-[1fr_20rem]">
            <ul className="border-t border-line">
              {cart.map((line) => (
                <Line key={line.item_id} line={line} />
              ))}
            </ul>
            <Summary cart={cart} />
          </div>
          <PlaceShelf title="" quiet surface="cart" items={cart.map((line) => line.item_id)} />
        </>
      ) : (
        <>
          <Empty title={t.cart.empty} hint={t.cart.emptyHint}>
            <ButtonLink shape="main" to="/">
              {t.cart.look}
            </ButtonLink>
          </Empty>
          <PopularShelf />
        </>
      )}
      <SavedShelf />
    </div>
  );
}

function Line({ line }: { line: CartLine }) {
  const t = useText();
  const format = useFormats();
  const step = "size-9! border border-line text-lg";
  return (
    <li className="grid grid-cols-[5rem_1fr] gap-4 border-b border-line py-4 sm:grid-cols-[6rem_1fr]">
      <Picture itemId={line.item_id} alt="" sizes="96px" className="rounded-lg" />
      <div className="flex min-w-0 flex-col justify-between gap-2">
        <div className="flex items-start justify-between gap-3">
          <Link href={`/p/${encodeURIComponent(line.item_id)}`} className="text-sm hover:underline">
            {line.title}
          </Link>
          <IconButton
            label={t.cart.removeOf(line.title)}
            className="-mt-2 -mr-2 shrink-0 text-muted!"
            onClick={() => {
              removeFromCart(line.item_id);
              tell(t.cart.removed);
            }}
          >
            <CloseIcon />
          </IconButton>
        </div>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <div role="group" aria-label={t.cart.quantity(line.title)} className="flex items-center gap-2">
            <IconButton label={t.cart.fewer} className={step} onClick={() => setQuantity(line.item_id, line.quantity - 1)}>
              −
            </IconButton>
            <output className="w-6 text-center tabular-nums">{format.number(line.quantity)}</output>
            <IconButton label={t.cart.another} className={step} onClick={() => setQuantity(line.item_id, line.quantity + 1)}>
              +
            </IconButton>
          </div>
          <Price value={line.price === null ? null : line.price * line.quantity} className="font-medium" />
        </div>
      </div>
    </li>
  );
}

function Summary({ cart }: { cart: CartLine[] }) {
  const t = useText();
  const { go } = useAddress();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const buy = async () => {
    setBusy(true);
    setError(null);
    try {
      go(`/order?id=${await order(cart)}`);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <section aria-label={t.cart.total} className="rounded-2xl bg-panel p-6">
      <p className="flex items-baseline justify-between">
        <span>{t.cart.total}</span>
        <Price value={totalOf(cart)} className="text-2xl" />
      </p>
      <Button shape="main" className="mt-5 w-full" disabled={busy} onClick={() => void buy()}>
        {busy ? t.cart.ordering : t.cart.order}
      </Button>
      <p className="mt-3 text-xs text-muted">{t.cart.note}</p>
      {error !== null && (
        <div className="mt-4">
          <Problem error={error} onRetry={() => void buy()} />
        </div>
      )}
    </section>
  );
}

function SavedShelf() {
  const t = useText();
  const saved = useSaved();
  if (!saved.length) return null;
  return (
    <Shelf title={t.cart.saved}>
      {saved.map((each) => (
        <div key={each.item_id} className="flex flex-col">
          <Card product={each} sizes={SHELF_SIZES} />
          <Button
            className="relative z-10 mt-3"
            onClick={() => {
              addToCart(each, null);
              toggleSaved(each, null);
            }}
          >
            {t.cart.move}
          </Button>
        </div>
      ))}
    </Shelf>
  );
}
