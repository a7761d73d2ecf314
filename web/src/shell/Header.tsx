import { Link } from "wouter";
import { openDialog } from "../app/address";
import { countOf, useCart } from "../app/cart";
import { useSession } from "../app/session";
import { SHOP_NAME } from "../app/shop-facts";
import { useText } from "../text";
import { CartIcon, PersonIcon } from "../ui/icons";
import { SearchBox } from "../shop/search/SearchBox";
import { Switches } from "./Switches";

/** On every page: home, search, who is shopping, the cart. */
export function Header() {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-paper/95 backdrop-blur-sm">
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-2 gap-y-2 px-4 py-2.5 md:flex-nowrap md:gap-x-5">
        <Link href="/" className="min-w-0 flex-1 basis-0 truncate rounded font-display text-lg tracking-wide md:flex-none md:basis-auto md:text-2xl">
          {SHOP_NAME}
        </Link>
        <div className="order-last flex basis-full md:order-none md:mx-auto md:max-w-xl md:flex-1 md:basis-auto">
          <SearchBox />
        </div>
        <div className="-mr-2 flex shrink-0 items-center">
          <Switches />
          <WhoButton />
          <CartLink />
        </div>
      </div>
    </header>
  );
}

function WhoButton() {
  const t = useText();
  const { customer } = useSession();
  const name = customer ?? t.header.visitor;
  return (
    <button type="button" onClick={() => openDialog("who", "choose")} title={t.header.customer} className="inline-flex min-h-11 items-center gap-1.5 rounded-full px-2.5 text-sm hover:bg-well sm:px-3">
      <PersonIcon />
      <span className="sr-only">{t.header.customer}</span>
      <span className="hidden max-w-32 truncate sm:inline">{name}</span>
    </button>
  );
}

function CartLink() {
  const t = useText();
  const count = countOf(useCart());
  return (
    <Link href="/cart" aria-label={t.header.cart(count)} title={t.header.cart(count)} className="relative inline-grid h-11 w-10 place-items-center rounded-full hover:bg-well">
      <CartIcon />
      {count > 0 && (
        <span aria-hidden="true" className="absolute top-0.5 right-0 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs font-medium text-on-accent tabular-nums">
          {count}
        </span>
      )}
    </Link>
  );
}
