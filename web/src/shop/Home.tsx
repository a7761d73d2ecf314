import { useDeferredValue, useMemo } from "react";
import { useFeed, useModels } from "../api/hooks";
import { useAddress, useTitle } from "../app/address";
import { useDismissed } from "../app/dismissed";
import { useLook } from "../app/look";
import { useSession } from "../app/session";
import { SHOP_NAME } from "../app/shop-facts";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { GRID, GRID_SIZES } from "../ui/grid";
import { More } from "../ui/More";
import { Problem } from "../ui/Problem";
import { CardSkeletons } from "../ui/Skeleton";
import { CategoryTiles } from "./CategoryTiles";
import { Hero } from "./Hero";
import { ModelSelect } from "./ModelSelect";
import { PlaceShelf } from "./PlaceShelf";
import { PopularShelf } from "./PopularShelf";

const ARRIVALS = "new_arrivals";

export function Home() {
  const t = useText();
  const { params, patch } = useAddress();
  const model = params.get("model") ?? "";
  const { look, stale, again } = useLook();
  const feed = useFeed(model, look);
  useTitle("", SHOP_NAME);
  return (
    <div className="space-y-9">
      <div className="grid items-center gap-x-14 gap-y-8 lg:grid-cols-[minmax(20rem,1fr)_auto]">
        <Hero info={feed.data?.pages[0]?.user_info ?? null} />
        <CategoryTiles />
      </div>
      <section aria-labelledby="feed">
        <div className="mb-5 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <h2 id="feed" className="font-display text-2xl">
            {feed.data?.pages[0]?.title ?? t.home.forYou}
          </h2>
          <ModelSelect value={model} onChange={(next) => patch({ model: next || null })} />
        </div>
        {feed.data?.pages[0]?.user_info.user_type === "visitor" && feed.data.pages[0].fallback_used && !stale && (
          <p className="-mt-3 mb-5 text-sm text-muted">{t.home.general}</p>
        )}
        {stale && <StaleNote onAgain={again} />}
        <Feed feed={feed} />
      </section>
    </div>
  );
}

function StaleNote({ onAgain }: { onAgain: () => void }) {
  const t = useText();
  return (
    <div className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-xl bg-accent-soft py-2 pr-2 pl-5 text-sm">
      <span>{t.home.refreshed}</span>
      <Button shape="main" onClick={onAgain}>
        {t.home.refresh}
      </Button>
    </div>
  );
}

function Feed({ feed }: { feed: ReturnType<typeof useFeed> }) {
  const t = useText();
  const hidden = useDismissed();
  // Kept as they are while nothing in them changes, so that no card is drawn again for a window that opens.
  const pages = useMemo(
    () =>
      (feed.data?.pages ?? []).map((page) => ({
        id: page.recommendation_id,
        model: page.primary_model,
        from: { recommendation_id: page.recommendation_id, surface: page.surface },
        items: page.items.filter((each) => !hidden.has(each.item_id)),
      })),
    [feed.data, hidden],
  );
  // What is first seen is drawn first, and the rest without keeping the page from answering.
  const whole = useDeferredValue(true, false);
  if (feed.isPending) return <CardSkeletons count={8} className={GRID} />;
  if (!feed.data) return <Problem error={feed.error} onRetry={() => void feed.refetch()} />;
  const [first, ...rest] = pages;
  const cards = (pages: (typeof rest)[number][], eager: number) =>
    pages.flatMap((page) =>
      page.items.map((each, place) => (
        <Card key={each.item_id} product={each} because={each} from={page.from} model={page.model} sizes={GRID_SIZES} eager={place < eager} />
      )),
    );
  return (
    <div className="space-y-14">
      <div className={GRID}>{first && cards([first], 4)}</div>
      {whole && (
        <>
          <Arrivals />
          <PopularShelf />
          {rest.length > 0 && <div className={GRID}>{cards(rest, 0)}</div>}
          <More
            hasMore={feed.hasNextPage}
            loading={feed.isFetchingNextPage}
            error={feed.isFetchNextPageError ? feed.error : null}
            onMore={() => void feed.fetchNextPage()}
            pages={feed.data.pages.length}
            end={t.home.end}
          />
        </>
      )}
    </div>
  );
}

/** What is new, where the bundle has a source that knows it. */
function Arrivals() {
  const t = useText();
  const { customer } = useSession();
  const models = useModels().data?.models;
  if (!models?.some((each) => each.name === ARRIVALS)) return null;
  return <PlaceShelf key={customer} title={t.home.newIn} ownTitle quiet model={ARRIVALS} n={12} />;
}
