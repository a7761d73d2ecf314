import { useModels, useSimilar, type SimilarMode } from "../api/hooks";
import { useAddress } from "../app/address";
import { useDismissed } from "../app/dismissed";
import { useText } from "../text";
import { Card } from "../ui/Card";
import { Problem } from "../ui/Problem";
import { CardSkeletons } from "../ui/Skeleton";
import { Tabs } from "../ui/Tabs";

const GRID = "grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 lg:grid-cols-4";

type Found = ReturnType<typeof useSimilar>;

export interface Alike {
  models: ReturnType<typeof useModels>;
  /** The way of being alike that stands in the address, or the first that the shop can tell; null until that is known. */
  mode: SimilarMode | null;
  found: Found;
}

/** What is like a product, in the way that was chosen. */
export function useAlike(itemId: string, n: number): Alike {
  const { params } = useAddress();
  const models = useModels();
  const named = params.get("mode");
  const modes = models.data?.likenesses;
  const mode = modes?.find((each) => each === named) ?? modes?.[0] ?? null;
  return { models, mode, found: useSimilar(itemId, mode, n) };
}

/** A tab for each way in which this shop can tell that products are alike: one without pictures knows no looks. */
export function SimilarTabs({ models, mode, found }: Alike) {
  const t = useText();
  const { patch } = useAddress();
  if (models.isPending) return <CardSkeletons count={4} className={GRID} />;
  if (!models.data) return <Problem error={models.error} onRetry={() => void models.refetch()} />;
  if (mode === null) return <Nothing />;
  return (
    <Tabs
      label={t.similar.title}
      tabs={models.data.likenesses.map((each) => ({ id: each, name: t.similar.modes[each] }))}
      chosen={mode}
      onChoose={(next) => patch({ mode: next }, { replace: true, state: window.history.state })}
    >
      <SimilarGrid found={found} scored={mode === "visual"} />
    </Tabs>
  );
}

/** What is alike; `scored` where the scores are likenesses, and not only an order. */
function SimilarGrid({ found, scored }: { found: Found; scored: boolean }) {
  const hidden = useDismissed();
  if (found.isPending) return <CardSkeletons count={4} className={GRID} />;
  if (!found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const items = found.data.items.filter((each) => !hidden.has(each.item_id));
  if (!items.length) return <Nothing />;
  return (
    <div className={GRID}>
      {items.map((each) => (
        <Card key={each.item_id} product={each} {...(scored ? { similarity: each.similarity_score } : {})} sizes="(min-width: 40rem) 200px, 42vw" />
      ))}
    </div>
  );
}

function Nothing() {
  const t = useText();
  return <p className="py-8 text-center text-sm text-muted">{t.similar.none}</p>;
}
