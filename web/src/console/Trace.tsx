import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState, type FormEvent } from "react";
import { get } from "../api/client";
import { useModels } from "../api/hooks";
import { useAddress } from "../app/address";
import { useSession } from "../app/session";
import { useLanguage, useText } from "../text";
import { Button } from "../ui/Button";
import { useAsked } from "./ask";
import { Answer } from "./parts/Answer";
import { Choice } from "./parts/Choice";
import { Field } from "./parts/Field";
import { Page } from "./parts/Page";
import { useWords } from "./text";
import { Account } from "./trace/Account";

const PATH = "/api/v1/users/{user_id}/trace";

/** The full account of one request: what sources found, what rules did, what was left, and how long it took. */
export default function Trace() {
  const w = useWords();
  const language = useLanguage();
  const { params } = useAddress();
  const user = params.get("user") ?? "";
  const asked = {
    path: { user_id: user || "…" },
    query: {
      surface: params.get("surface"),
      model: params.get("model"),
      item_ids: params.getAll("item"),
      n: Number(params.get("n")) || 12,
      language,
    },
  };
  const query = useAsked(PATH, asked, { enabled: user !== "" });
  return (
    <Page title={w.pages.trace} lead={w.trace.lead} path={PATH} asked={asked}>
      <Request key={params.toString()} />
      {user ? <Answer query={query}>{(told) => <Account told={told} />}</Answer> : <Suggested />}
    </Page>
  );
}

/** What is asked for; it goes into the address, so that the same account can be looked at again or sent on. */
function Request() {
  const w = useWords();
  const { params, patch } = useAddress();
  const [user, setUser] = useState(params.get("user") ?? "");
  const [surface, setSurface] = useState(params.get("surface") ?? "");
  const [model, setModel] = useState(params.get("model") ?? "");
  const [items, setItems] = useState(params.getAll("item").join(", "));
  const [n, setN] = useState(params.get("n") ?? "12");
  const models = useModels().data?.models ?? [];
  const surfaces = [...new Set(models.map((each) => each.surface).filter((each) => each !== null))];
  const send = (event: FormEvent) => {
    event.preventDefault();
    const ids = items.split(/[\s,;]+/).filter(Boolean);
    patch({ user: user.trim() || null, surface: surface || null, model: model || null, item: ids, n: n === "12" ? null : n });
  };
  return (
    <form onSubmit={send} className="grid gap-4 rounded-2xl border border-line bg-panel p-4 sm:grid-cols-2 sm:p-5 lg:grid-cols-[1fr_1fr_1.4fr_1.2fr_5rem_auto] lg:items-end">
      <Customer value={user} onChange={setUser} />
      <Choice label={w.surface} value={surface} onChange={setSurface}>
        <option value="">{w.trace.noSurface}</option>
        {surfaces.map((each) => (
          <option key={each} value={each}>
            {w.surfaces[each] ?? each}
          </option>
        ))}
      </Choice>
      <Choice label={w.trace.model} value={model} onChange={setModel}>
        <option value="">{w.trace.usual}</option>
        {models.map((each) => (
          <option key={each.name} value={each.name}>
            {each.name}
          </option>
        ))}
      </Choice>
      <Field label={w.trace.items} placeholder="P00014, P00277" value={items} onChange={(event) => setItems(event.target.value)} />
      <Field label={w.trace.n} type="number" min={1} max={200} required value={n} onChange={(event) => setN(event.target.value)} />
      <Button type="submit" shape="main">
        {w.trace.go}
      </Button>
    </form>
  );
}

function usePeople(q: string) {
  return useQuery({
    queryKey: ["console", "people", q],
    queryFn: ({ signal }) => get("/api/v1/customers", { query: { q, n: 12, sort: "recent" }, signal }),
    placeholderData: (before) => before,
  });
}

function Customer({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const w = useWords();
  const list = useId();
  const people = usePeople(useDeferredValue(value.trim()));
  return (
    <div className="min-w-0">
      <Field label={w.trace.customer} required maxLength={256} list={list} value={value} onChange={(event) => onChange(event.target.value)} />
      <datalist id={list}>
        {people.data?.users.map((each) => (
          <option key={each.user_id} value={each.user_id} />
        ))}
      </datalist>
    </div>
  );
}

/** Somebody to begin with: who was looked at in the shop, and who bought lately. */
function Suggested() {
  const w = useWords();
  const t = useText();
  const { patch } = useAddress();
  const { recent } = useSession();
  const people = usePeople("").data?.users.map((each) => each.user_id) ?? [];
  const ids = [...new Set([...recent, ...people])].slice(0, 8);
  return (
    <section aria-label={w.trace.begin}>
      <p className="text-sm text-muted">{w.trace.begin}</p>
      <ul className="mt-3 flex flex-wrap gap-2">
        {ids.map((id) => (
          <li key={id}>
            <Button className="min-h-9! px-4!" onClick={() => patch({ user: id, surface: "homepage" })}>
              {id}
            </Button>
          </li>
        ))}
        <li>
          <Button className="min-h-9! px-4!" onClick={() => patch({ user: "visitor", surface: "homepage" })}>
            {t.header.visitor}
          </Button>
        </li>
      </ul>
    </section>
  );
}
