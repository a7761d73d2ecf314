import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { get } from "../api/client";
import type { Person } from "../api/types";
import { useDialogAddress } from "../app/address";
import { beVisitor, chooseCustomer, useSession } from "../app/session";
import { tell } from "../app/toasts";
import { useFormats, useText, type Dictionary } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { More } from "../ui/More";
import { Problem } from "../ui/Problem";
import { Select } from "../ui/Select";

type Sort = keyof Dictionary["chooser"]["sorts"];
type Segment = keyof Dictionary["person"]["segments"];

const PAGE = 20;

function usePeople(q: string, segment: string, sort: Sort) {
  return useInfiniteQuery({
    queryKey: ["people", q, segment, sort],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      get("/api/v1/customers", { query: { q, segment, sort, n: PAGE, cursor: pageParam ?? null }, signal }),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
}

/** The window in which one chooses whose eyes to see the shop with. */
export function ChooserDialog() {
  const t = useText();
  const { value, close } = useDialogAddress("who");
  if (value === null) return null;
  return (
    <Dialog title={t.chooser.title} onClose={close}>
      <Chooser onDone={close} />
    </Dialog>
  );
}

function Chooser({ onDone }: { onDone: () => void }) {
  const t = useText();
  const { customer, recent } = useSession();
  const choose = (id: string) => {
    chooseCustomer(id);
    tell(t.chooser.chosen(id));
    onDone();
  };
  const visit = (fresh: boolean) => {
    beVisitor(fresh);
    tell(t.chooser.chosenVisitor);
    onDone();
  };
  return (
    <div className="space-y-6">
      <p className="text-sm text-muted">{t.chooser.intro}</p>
      <div className="flex flex-wrap gap-2">
        {customer !== null && <Button onClick={() => visit(false)}>{t.chooser.visitor}</Button>}
        <Button onClick={() => visit(true)}>{t.chooser.fresh}</Button>
      </div>
      {recent.length > 0 && (
        <div>
          <h3 className="mb-2 text-sm text-muted">{t.chooser.recent}</h3>
          <div className="flex flex-wrap gap-2">
            {recent.map((each) => (
              <Button key={each} className="min-h-9! px-4!" aria-current={each === customer} onClick={() => choose(each)}>
                {each}
              </Button>
            ))}
          </div>
        </div>
      )}
      <People chosen={customer} onChoose={choose} />
    </div>
  );
}

function People({ chosen, onChoose }: { chosen: string | null; onChoose: (id: string) => void }) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const [segment, setSegment] = useState("");
  const [sort, setSort] = useState<Sort>("recent");
  const people = usePeople(useDeferredValue(typed.trim()), segment, sort);
  const found = people.data?.pages.flatMap((page) => page.users) ?? [];
  return (
    <div>
      <input
        type="search"
        aria-label={t.chooser.find}
        placeholder={t.chooser.find}
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
        className="min-h-11 w-full rounded-full border border-line bg-panel px-4"
      />
      <div className="mt-3 flex flex-wrap gap-3">
        <Select hideLabel label={t.chooser.segment} value={segment} onChange={setSegment}>
          <option value="">{t.chooser.all}</option>
          {(Object.keys(t.person.segments) as Segment[]).map((each) => (
            <option key={each} value={each}>
              {t.person.segments[each]}
            </option>
          ))}
        </Select>
        <Select hideLabel label={t.chooser.sort} value={sort} onChange={(next) => setSort(next as Sort)}>
          {(Object.keys(t.chooser.sorts) as Sort[]).map((each) => (
            <option key={each} value={each}>
              {t.chooser.sorts[each]}
            </option>
          ))}
        </Select>
      </div>
      {people.data ? (
        <>
          <p role="status" className="mt-4 text-xs text-muted">
            {t.chooser.found(people.data.pages[0]?.total ?? 0)}
          </p>
          <ul className="mt-1 divide-y divide-line">
            {found.map((each) => (
              <PersonRow key={each.user_id} person={each} chosen={each.user_id === chosen} onChoose={onChoose} />
            ))}
          </ul>
          {found.length === 0 && <p className="py-6 text-sm text-muted">{t.chooser.nobody}</p>}
          {people.hasNextPage && (
            <More hasMore loading={people.isFetchingNextPage} error={null} onMore={() => void people.fetchNextPage()} pages={99} end="" />
          )}
        </>
      ) : people.isPending ? (
        <p className="py-6 text-sm text-muted">{t.loading}</p>
      ) : (
        <div className="mt-4">
          <Problem error={people.error} onRetry={() => void people.refetch()} />
        </div>
      )}
    </div>
  );
}

function PersonRow({ person, chosen, onChoose }: { person: Person; chosen: boolean; onChoose: (id: string) => void }) {
  const t = useText();
  const format = useFormats();
  const facts = [t.person.purchases(person.total_purchases)];
  if (person.avg_item_price !== null) facts.push(t.person.average(format.money(person.avg_item_price)));
  if (person.last_purchase_date !== null) facts.push(t.person.lastPurchase(format.day(person.last_purchase_date)));
  return (
    <li>
      <button type="button" aria-current={chosen} onClick={() => onChoose(person.user_id)} className="flex w-full items-center justify-between gap-4 rounded-lg px-2 py-3 text-left hover:bg-panel">
        <span className="min-w-0">
          <span className="block font-medium">{person.user_id}</span>
          <span className="block text-xs text-muted">{facts.join(" · ")}</span>
        </span>
        <span className="shrink-0 text-right text-xs text-muted">
          {person.spending_segment && (t.person.segments[person.spending_segment as Segment] ?? person.spending_segment)}
          {chosen && <span className="block text-accent">{t.chooser.current}</span>}
        </span>
      </button>
    </li>
  );
}
