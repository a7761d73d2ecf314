import type { components } from "../api/schema";
import { Link } from "wouter";
import { useSession } from "../app/session";
import { useFormats, useText } from "../text";
import { Tag } from "../ui/Chip";

type UserInfo = components["schemas"]["UserInfo"];

/** Who is looked for, and what is known of them. */
export function Hero({ info }: { info: UserInfo | null }) {
  const t = useText();
  const { customer } = useSession();
  return (
    <section>
      <h1 className="max-w-2xl font-display text-3xl leading-tight sm:text-4xl">{t.home.welcome}</h1>
      <p className={`mt-2 max-w-3xl text-muted ${customer ? "hidden sm:block" : ""}`}>{t.home.lead}</p>
      <div className="mt-4 flex min-h-8 flex-wrap items-center gap-2">
        {customer && <Link href={`/customers/${encodeURIComponent(customer)}`} className="mr-1 text-sm text-accent underline underline-offset-4">{customer}</Link>}
        {info && <Facts info={info} chosen={customer !== null} />}
      </div>
    </section>
  );
}

function Facts({ info, chosen }: { info: UserInfo; chosen: boolean }) {
  const t = useText();
  const format = useFormats();
  const { spending_segment: segment } = info;
  return (
    <>
      <Tag>{chosen && info.user_type === "visitor" ? t.person.noConsent : t.person.types[info.user_type]}</Tag>
      {segment && <Tag>{t.person.segments[segment as keyof typeof t.person.segments] ?? segment}</Tag>}
      {info.total_purchases ? <Tag>{t.person.purchases(info.total_purchases)}</Tag> : null}
      {info.avg_item_price ? <Tag>{t.person.average(format.money(info.avg_item_price))}</Tag> : null}
      {info.live_events ? <Tag>{t.person.live(info.live_events)}</Tag> : null}
    </>
  );
}
