import { useState } from "react";
import { SEARCH_SORTS } from "../../api/offered";
import type { Facet } from "../../api/types";
import { useAddress, useTitle } from "../../app/address";
import { useDismissed } from "../../app/dismissed";
import { SHOP_NAME } from "../../app/shop-facts";
import { useFormats, useText, type Dictionary } from "../../text";
import { Button, ButtonLink } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { RemovableChip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { FilterIcon } from "../../ui/icons";
import { More } from "../../ui/More";
import { Problem } from "../../ui/Problem";
import { Select } from "../../ui/Select";
import { CardSkeletons } from "../../ui/Skeleton";
import { CategoryTiles } from "../CategoryTiles";
import { PopularShelf } from "../PopularShelf";
import { readSearch, searchAddress, type SearchAddress } from "./address";
import { Facets, nameOf } from "./Facets";
import { chosenOf, type Chosen } from "./filters";
import { pictureOf } from "./picture";
import { useSearchResults } from "./useSearchResults";

const GRID = "grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-3 sm:gap-x-6";
const SIZES = "(min-width: 80rem) 300px, (min-width: 64rem) 23vw, (min-width: 40rem) 30vw, 45vw";

function headingOf(asked: SearchAddress, hasPicture: boolean, t: Dictionary): string {
  if (asked.q && hasPicture) return t.search.byBoth(asked.q);
  if (hasPicture) return t.search.byPicture;
  return asked.q ? t.search.titleOf(asked.q) : t.search.byFilters;
}

export function Search() {
  const t = useText();
  const { params, patch } = useAddress();
  const asked = readSearch(params);
  const found = useSearchResults(asked);
  const picture = asked.picture ? pictureOf(asked.picture) : undefined;
  const heading = found.something ? headingOf(asked, picture !== undefined, t) : t.search.title;
  useTitle(heading, SHOP_NAME);
  const gone = asked.picture !== "" && picture === undefined;
  return (
    <div className="space-y-6">
      {gone && <p className="rounded-xl bg-accent-soft px-5 py-3 text-sm">{t.search.pictureGone}</p>}
      {found.something ? (
        <Results asked={asked} found={found} heading={heading} picture={picture} onFilters={(filters) => patch({ f: filters })} />
      ) : (
        <Start />
      )}
    </div>
  );
}

function Start() {
  const t = useText();
  return (
    <div className="space-y-14">
      <div>
        <h1 className="font-display text-3xl">{t.search.start}</h1>
        <p className="mt-2 text-muted">{t.search.startHint}</p>
      </div>
      <CategoryTiles />
      <PopularShelf />
    </div>
  );
}

interface ResultsProps {
  asked: SearchAddress;
  found: ReturnType<typeof useSearchResults>;
  heading: string;
  picture: string | undefined;
  onFilters: (filters: string[]) => void;
}

function Results({ asked, found, heading, picture, onFilters }: ResultsProps) {
  const t = useText();
  const format = useFormats();
  const first = found.data?.pages[0];
  const facets = Object.values(first?.facets ?? {});
  const chosen = chosenOf(facets, asked.filters);
  const took = Object.values(first?.took_ms ?? {}).reduce((sum, ms) => sum + ms, 0);
  return (
    <>
      <header className="flex flex-wrap items-end gap-x-6 gap-y-4">
        {picture && <QueryPicture asked={asked} picture={picture} />}
        <div className="min-w-0 flex-1">
          <h1 className="font-display text-3xl break-words">{heading}</h1>
          <p role="status" aria-live="polite" className="mt-1 min-h-5 text-sm text-muted">
            {first && `${t.search.found(first.total)} ${t.search.took(format.number(took, took < 10 ? 1 : 0))}`}
          </p>
        </div>
        {first && <Sort value={asked.sort} />}
      </header>
      {first?.notes.map((note) => (
        <p key={note} className="rounded-xl bg-panel px-5 py-3 text-sm">
          {note}
        </p>
      ))}
      <ChosenFilters chosen={chosen} filters={asked.filters} onFilters={onFilters} />
      <div className="grid items-start gap-8 lg:grid-cols-[16rem_1fr] lg:gap-12">
        <Filters facets={facets} filters={asked.filters} count={chosen.length} onFilters={onFilters} />
        <Products asked={asked} found={found} hasPicture={picture !== undefined} />
      </div>
    </>
  );
}

function QueryPicture({ asked, picture }: { asked: SearchAddress; picture: string }) {
  const t = useText();
  return (
    <figure className="flex items-end gap-2">
      <img src={picture} alt={t.search.yourPicture} width={96} height={96} className="size-24 rounded-xl border border-line bg-well object-contain" />
      <ButtonLink shape="quiet" className="px-2!" to={searchAddress({ ...asked, picture: "" })}>
        {t.search.removePicture}
      </ButtonLink>
    </figure>
  );
}

/** Orders to choose from, where the server has any beside its own. */
function Sort({ value }: { value: string }) {
  const t = useText();
  const { patch } = useAddress();
  if (!SEARCH_SORTS.length) return <p className="text-sm text-muted">{`${t.search.sort}: ${t.search.sorts["relevance"]}`}</p>;
  return (
    <Select label={t.search.sort} value={value || "relevance"} onChange={(next) => patch({ sort: next === "relevance" ? null : next })}>
      {SEARCH_SORTS.map((each) => (
        <option key={each} value={each}>
          {t.search.sorts[each] ?? each}
        </option>
      ))}
    </Select>
  );
}

function ChosenFilters({ chosen, filters, onFilters }: { chosen: Chosen[]; filters: string[]; onFilters: (filters: string[]) => void }) {
  const t = useText();
  const format = useFormats();
  if (!filters.length) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {chosen.map((each) => {
        const name = nameOf(each.facet, each.value, t, format);
        return (
          <RemovableChip key={`${each.facet} ${each.value.value}`} label={t.search.remove(name)} onRemove={() => onFilters(each.rest)}>
            {name}
          </RemovableChip>
        );
      })}
      <button type="button" onClick={() => onFilters([])} className="min-h-9 px-2 text-sm text-accent underline-offset-4 hover:underline">
        {t.search.clear}
      </button>
    </div>
  );
}

interface FiltersProps {
  facets: Facet[];
  filters: string[];
  count: number;
  onFilters: (filters: string[]) => void;
}

/** Beside the products where there is room, else behind a button. */
function Filters({ facets, filters, count, onFilters }: FiltersProps) {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <aside aria-label={t.search.filters} className="lg:sticky lg:top-24 lg:max-h-[calc(100dvh-7rem)] lg:overflow-y-auto lg:pr-1 lg:pb-6">
      <Button className="w-full lg:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        <FilterIcon />
        {t.search.showFilters(count)}
      </Button>
      <div className={`mt-6 lg:mt-0 lg:block ${open ? "" : "hidden"}`}>
        <Facets facets={facets} filters={filters} onChange={onFilters} />
      </div>
    </aside>
  );
}

function Products({ asked, found, hasPicture }: { asked: SearchAddress; found: ResultsProps["found"]; hasPicture: boolean }) {
  const t = useText();
  const hidden = useDismissed();
  if (found.isPending) {
    return (
      <div>
        {found.failureCount > 0 && <p className="mb-4 text-sm text-muted" role="status">{t.search.preparing}</p>}
        <CardSkeletons count={9} className={GRID} />
      </div>
    );
  }
  if (!found.data) return <Problem error={found.error} onRetry={() => void found.refetch()} />;
  const items = found.data.pages.flatMap((page) => page.items).filter((each) => !hidden.has(each.item_id));
  if (!items.length) return <Nothing asked={asked} hasPicture={hasPicture} />;
  return (
    <div className={`min-w-0 transition-opacity ${found.isPlaceholderData ? "opacity-60" : ""}`}>
      <div className={GRID}>
        {items.map((each, place) => (
          <Card key={each.item_id} product={each} sizes={SIZES} eager={place < 3} />
        ))}
      </div>
      <div className="mt-10">
        <More
          hasMore={found.hasNextPage}
          loading={found.isFetchingNextPage}
          error={found.isFetchNextPageError ? found.error : null}
          onMore={() => void found.fetchNextPage()}
          pages={found.data.pages.length}
          end={t.search.allShown}
        />
      </div>
    </div>
  );
}

/** Ways on where nothing was found: each takes one thing back. */
function Nothing({ asked, hasPicture }: { asked: SearchAddress; hasPicture: boolean }) {
  const t = useText();
  return (
    <div className="min-w-0">
      <Empty title={t.search.nothing} hint={t.search.nothingHint}>
        {asked.filters.length > 0 && <ButtonLink to={searchAddress({ ...asked, filters: [] })}>{t.search.withoutFilters}</ButtonLink>}
        {hasPicture && asked.q && <ButtonLink to={searchAddress({ ...asked, picture: "" })}>{t.search.withoutPicture}</ButtonLink>}
        {hasPicture && asked.q && <ButtonLink to={searchAddress({ ...asked, q: "" })}>{t.search.withoutWords}</ButtonLink>}
        <ButtonLink to="/">{t.cart.look}</ButtonLink>
      </Empty>
      <PopularShelf />
    </div>
  );
}
