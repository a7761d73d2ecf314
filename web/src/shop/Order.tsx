import { Link } from "wouter";
import { useAddress, useTitle } from "../app/address";
import { totalOf, type CartLine } from "../app/cart";
import { useOrder } from "../app/orders";
import { SHOP_NAME } from "../app/shop-facts";
import { useText } from "../text";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Picture } from "../ui/Picture";
import { Price } from "../ui/Price";
import { PlaceShelf } from "./PlaceShelf";

export function Order() {
  const t = useText();
  const { params } = useAddress();
  const found = useOrder(params.get("id"));
  useTitle(t.order.title, SHOP_NAME);
  if (!found) {
    return (
      <Empty title={t.order.none} hint={t.order.noneHint}>
        <ButtonLink to="/">{t.cart.look}</ButtonLink>
      </Empty>
    );
  }
  return (
    <div className="space-y-14">
      <section className="mx-auto max-w-xl pt-4 text-center">
        <h1 className="font-display text-4xl">{t.order.title}</h1>
        <p className="mt-3">{t.order.number(found.id)}</p>
        <p className="mt-1 text-sm text-muted">{t.order.next}</p>
        <ButtonLink shape="main" to="/" className="mt-6">
          {t.order.home}
        </ButtonLink>
        <Lines lines={found.lines} />
      </section>
      <PlaceShelf title="" surface="post_purchase" items={found.lines.map((line) => line.item_id)} />
    </div>
  );
}

function Lines({ lines }: { lines: CartLine[] }) {
  const t = useText();
  return (
    <ul className="mt-10 border-t border-line text-left text-sm">
      {lines.map((line) => (
        <li key={line.item_id} className="flex items-center gap-4 border-b border-line py-3">
          <Picture itemId={line.item_id} alt="" sizes="56px" className="w-14 shrink-0 rounded-lg" />
          <Link href={`/p/${encodeURIComponent(line.item_id)}`} className="min-w-0 flex-1 hover:underline">
            {line.title}
          </Link>
          <span className="text-muted tabular-nums">{line.quantity} ×</span>
          <Price value={line.price} />
        </li>
      ))}
      <li className="flex justify-between py-3 font-medium">
        <span>{t.cart.total}</span>
        <Price value={totalOf(lines)} />
      </li>
    </ul>
  );
}
