import { usePopular } from "../api/hooks";
import { useDismissed } from "../app/dismissed";
import { useText } from "../text";
import { Card } from "../ui/Card";
import { Shelf, SHELF_SIZES, ShelfWaiting } from "../ui/Shelf";

/** What sells best. */
export function PopularShelf({ category }: { category?: string }) {
  const t = useText();
  const { data, isPending } = usePopular(12, category);
  const hidden = useDismissed();
  if (isPending) return <ShelfWaiting title={t.home.bestSellers} />;
  const items = (data?.items ?? []).filter((each) => !hidden.has(each.item_id));
  if (!items.length) return null;
  return (
    <Shelf title={t.home.bestSellers}>
      {items.map((each) => (
        <Card key={each.item_id} product={each} sizes={SHELF_SIZES} />
      ))}
    </Shelf>
  );
}
