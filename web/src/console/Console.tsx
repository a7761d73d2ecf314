import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { apiKey, ApiError } from "../api/client";
import { queryClient } from "../api/query-client";
import { useTopOfPage } from "../app/address";
import { SHOP_NAME } from "../app/shop-facts";
import { useStore } from "../app/store";
import { Crash } from "../shell/Crash";
import { Notices } from "../shell/Notices";
import { Switches } from "../shell/Switches";
import { useText } from "../text";
import { Button, ButtonLink } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Toasts } from "../ui/Toasts";
import { ask } from "./ask";
import { Waiting } from "./parts/Answer";
import { Field } from "./parts/Field";
import { BackIcon } from "./parts/icons";
import { useWords, type ConsoleDictionary } from "./text";

type PageName = keyof ConsoleDictionary["pages"];

const PAGES = [
  { name: "overview", path: "/console", page: lazy(() => import("./Overview")) },
  { name: "quality", path: "/console/quality", page: lazy(() => import("./Quality")) },
  { name: "bundles", path: "/console/bundles", page: lazy(() => import("./Bundles")) },
  { name: "trace", path: "/console/trace", page: lazy(() => import("./Trace")) },
  { name: "rules", path: "/console/rules", page: lazy(() => import("./Rules")) },
  { name: "catalogue", path: "/console/catalogue", page: lazy(() => import("./Catalogue")) },
  { name: "map", path: "/console/map", page: lazy(() => import("./TasteMap")) },
  { name: "searches", path: "/console/searches", page: lazy(() => import("./Searches")) },
  { name: "settings", path: "/console/settings", page: lazy(() => import("./Settings")) },
] as const satisfies readonly { name: PageName; path: string; page: unknown }[];

/** The console: what an operator looks at, and what they may change. It has a frame of its own around its pages. */
export default function Console() {
  const t = useText();
  const w = useWords();
  const [path] = useLocation();
  useTopOfPage();
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-paper focus:p-4">
        {t.skip}
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-paper/95 backdrop-blur-sm">
        <div className="mx-auto flex max-w-7xl items-center gap-x-4 px-4 py-2.5">
          <Link href="/console" className="min-w-0 truncate rounded font-display text-xl tracking-wide">
            {SHOP_NAME} <span className="font-sans text-sm tracking-normal text-muted">{w.name}</span>
          </Link>
          <div className="ml-auto flex shrink-0 items-center">
            <Switches />
            <Link href="/" className="inline-flex min-h-11 items-center gap-1.5 rounded-full px-3 text-sm hover:bg-well">
              <BackIcon />
              <span className="sr-only sm:not-sr-only">{w.toShop}</span>
            </Link>
          </div>
        </div>
      </header>
      <Notices />
      <div className="mx-auto flex w-full max-w-7xl flex-1 flex-col gap-x-10 px-4 lg:flex-row">
        <Navigation path={path} />
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 py-8 outline-none">
          <Gate>
            <Crash key={path} at={path}>
              <Suspense fallback={<Waiting />}>
                <Switch>
                  {PAGES.map(({ name, path: at, page: PageOf }) => (
                    <Route key={name} path={at}>
                      <PageOf />
                    </Route>
                  ))}
                  <Route>
                    <Empty title={t.problem.notFound} hint={t.problem.notFoundHint}>
                      <ButtonLink to="/console">{w.pages.overview}</ButtonLink>
                    </Empty>
                  </Route>
                </Switch>
              </Suspense>
            </Crash>
          </Gate>
        </main>
      </div>
      <Toasts />
    </div>
  );
}

function Navigation({ path }: { path: string }) {
  const w = useWords();
  const key = useStore(apiKey);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // On a phone the list is wider than the screen: where one is must be in view.
    const current = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (list.current && current) list.current.scrollLeft = current.offsetLeft - list.current.clientWidth / 3;
  }, [path]);
  return (
    <nav aria-label={w.navigation} className="-mx-4 shrink-0 border-b border-line bg-paper px-4 lg:mx-0 lg:w-48 lg:border-b-0 lg:px-0 lg:pt-8">
      <ul ref={list} className="bare-scroll relative flex gap-1 overflow-x-auto py-2 lg:sticky lg:top-24 lg:flex-col lg:py-0">
        {PAGES.map((each) => (
          <li key={each.name} className="shrink-0">
            <Link
              href={each.path}
              aria-current={path === each.path ? "page" : undefined}
              className={`flex min-h-10 items-center rounded-lg px-3 text-sm ${path === each.path ? "bg-accent-soft font-medium" : "text-muted hover:bg-well hover:text-ink"}`}
            >
              {w.pages[each.name]}
            </Link>
          </li>
        ))}
        {key && (
          <li className="shrink-0 lg:mt-4">
            <button
              type="button"
              onClick={() => {
                apiKey.set("");
                queryClient.removeQueries({ queryKey: ["console"] });
              }}
              className="flex min-h-10 items-center rounded-lg px-3 text-sm text-muted hover:bg-well hover:text-ink"
            >
              {w.key.forget}
            </button>
          </li>
        )}
      </ul>
    </nav>
  );
}

/** Lets pages through once the server answers what only operators may ask; asks for a key where it wants one. */
function Gate({ children }: { children: ReactNode }) {
  const key = useStore(apiKey);
  const may = useQuery({
    queryKey: ["console", "may", key],
    staleTime: 5 * 60_000,
    retry: false,
    queryFn: ({ signal }) => ask("/api/v1/config", {}, signal),
  });
  if (may.error instanceof ApiError && may.error.needsKey) return <KeyForm error={may.error} wasGiven={key !== ""} />;
  if (may.isPending) return <Waiting />;
  // Whatever else is wrong, each page says for itself.
  return children;
}

function KeyForm({ error, wasGiven }: { error: ApiError; wasGiven: boolean }) {
  const w = useWords();
  const [typed, setTyped] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    apiKey.set(typed.trim());
    void queryClient.invalidateQueries();
  };
  return (
    <form onSubmit={send} className="mx-auto mt-8 max-w-lg space-y-4 rounded-2xl border border-line bg-panel p-6">
      <h1 className="font-display text-2xl">{w.key.title}</h1>
      <p className="text-sm text-muted">{w.key.hint}</p>
      {wasGiven && (
        <p role="alert" className="text-sm text-bad">
          {error.status === 403 ? w.key.weak : w.key.wrong} {error.message}
        </p>
      )}
      <Field type="password" required label={w.key.label} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <Button type="submit" shape="main">
        {w.key.send}
      </Button>
    </form>
  );
}
