import { useQuery } from "@tanstack/react-query";
import { homepageOf } from "../api/hooks";
import { settled } from "../app/events";
import { useLanguage, useText } from "../text";
import { Card } from "../ui/Card";
import { Problem } from "../ui/Problem";
import { Shelf, SHELF_SIZES, ShelfWaiting } from "../ui/Shelf";

/** What this customer would see, whoever looks: nothing of it is counted as shown to them. */
export function Recommended({ id }: { id: string }) {
  const t = useText();
  const language = useLanguage();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["recommended", id, language],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      await settled();
      return homepageOf(id, { language, n: 12 }, signal);
    },
  });
  if (isPending) return <ShelfWaiting title={t.customer.recommended} />;
  if (!data) return <Problem error={error} onRetry={() => void refetch()} />;
  return (
    <Shelf title={t.customer.recommended}>
      {data.items.map((each) => (
        <div key={each.item_id}>
          <Card product={each} sizes={SHELF_SIZES} />
          <p className="mt-1 text-xs text-muted">{each.recommendation_reason}</p>
        </div>
      ))}
    </Shelf>
  );
}
