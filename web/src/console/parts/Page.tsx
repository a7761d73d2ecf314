import { useId, type ReactNode } from "react";
import type { PathsOf } from "../../api/client";
import { useTitle } from "../../app/address";
import { SHOP_NAME } from "../../app/shop-facts";
import { tell } from "../../app/toasts";
import { useText } from "../../text";
import { addressOf, ask, linksNeedKey, type Asked } from "../ask";
import { useWords } from "../text";
import { save } from "./save";

interface PageProps {
  title: string;
  lead: string;
  /** The route that says the same to machines. */
  path: PathsOf<"get">;
  asked?: Asked;
  aside?: ReactNode;
  children: ReactNode;
}

/** A page of the console: what it is, what it is for, and where a machine reads the same. */
export function Page({ title, lead, path, asked, aside, children }: PageProps) {
  const w = useWords();
  useTitle(`${title} – ${w.name}`, SHOP_NAME);
  return (
    <div className="space-y-10">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="max-w-2xl">
          <h1 className="font-display text-3xl">{title}</h1>
          <p className="mt-2 text-muted">{lead}</p>
          <p className="mt-1 text-sm">
            <JsonLink path={path} {...(asked ? { asked } : {})} />
          </p>
        </div>
        {aside && <div className="flex flex-wrap items-center gap-3">{aside}</div>}
      </header>
      {children}
    </div>
  );
}

/** A link to the API's answer. A link carries no key: where one is needed, the answer is fetched and saved instead. */
function JsonLink({ path, asked = {} }: { path: PathsOf<"get">; asked?: Asked }) {
  const w = useWords();
  const t = useText();
  const address = addressOf(path, asked);
  const fetchIt = async () => {
    try {
      const answer = await ask(path, asked);
      save(`${path.split("/").at(-1) ?? "answer"}.json`, JSON.stringify(answer, null, 2), "application/json");
    } catch {
      tell(t.problem.title, true);
    }
  };
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer"
      onClick={(event) => {
        if (!linksNeedKey()) return;
        event.preventDefault();
        void fetchIt();
      }}
      className="break-all text-accent underline underline-offset-4 hover:no-underline"
    >
      {w.json(address)}
    </a>
  );
}

interface SectionProps {
  title: string;
  note?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}

export function Section({ title, note, aside, children }: SectionProps) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="min-w-0">
      <div className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div className="max-w-2xl">
          <h2 id={heading} className="font-display text-xl">
            {title}
          </h2>
          {note && <p className="mt-1 text-sm text-muted">{note}</p>}
        </div>
        {aside && <div className="flex flex-wrap items-center gap-3">{aside}</div>}
      </div>
      {children}
    </section>
  );
}
