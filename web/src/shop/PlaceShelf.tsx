import { useMemo } from "react";
import { usePlace } from "../api/hooks";
import { useDismissed } from "../app/dismissed";
import { Card } from "../ui/Card";
import { Problem } from "../ui/Problem";
import { Shelf, SHELF_SIZES, ShelfWaiting } from "../ui/Shelf";

interface PlaceShelfProps {
  /** What it is called until the answer brings its own title, and where `ownTitle` is set. */
  title: string;
  ownTitle?: boolean;
  surface?: string;
  model?: string;
  items?: string[];
  n?: number;
  look?: number;
  /** Shelves that only add to a page go without a word where they cannot be had. */
  quiet?: boolean;
}

/** Recommendations for a place in the shop, in a row. */
export function PlaceShelf({ title, ownTitle = false, quiet = false, ...wanted }: PlaceShelfProps) {
  const { data, error, isPending, refetch } = usePlace(wanted);
  const hidden = useDismissed();
  const from = useMemo(() => data && { recommendation_id: data.recommendation_id, surface: data.surface }, [data]);
  if (isPending) return <ShelfWaiting title={title} />;
  if (!data || !from) return quiet ? null : <Problem error={error} onRetry={() => void refetch()} />;
  const items = data.items.filter((each) => !hidden.has(each.item_id));
  if (!items.length) return null;
  return (
    <Shelf title={ownTitle ? title : data.title || title}>
      {items.map((each) => (
        <Card key={each.item_id} product={each} because={each} from={from} model={data.primary_model} sizes={SHELF_SIZES} />
      ))}
    </Shelf>
  );
}
