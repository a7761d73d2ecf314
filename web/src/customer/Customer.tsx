import { ApiError } from "../api/client";
import type { Profile } from "../api/types";
import { useTitle } from "../app/address";
import { chooseCustomer, useSession } from "../app/session";
import { SHOP_NAME } from "../app/shop-facts";
import { tell } from "../app/toasts";
import { useText } from "../text";
import { Button, ButtonLink } from "../ui/Button";
import { Tag } from "../ui/Chip";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { Recommended } from "./Recommended";
import { History } from "./History";
import { useProfile, useStyle } from "./hooks";
import { Drift } from "./Drift";
import { Known } from "./Known";
import { Neighbours } from "./Neighbours";
import { Styles } from "./Styles";
import { WhatIf } from "./WhatIf";

/** All that is known of one customer. */
export default function Customer({ id }: { id: string }) {
  const t = useText();
  const { data, error, isPending, refetch } = useProfile(id);
  useTitle(id, SHOP_NAME);
  if (isPending) return <p className="text-muted">{t.loading}</p>;
  if (!data) {
    if (error instanceof ApiError && error.status === 404) {
      return (
        <Empty title={t.customer.unknown}>
          <ButtonLink to="/">{t.header.home}</ButtonLink>
        </Empty>
      );
    }
    return <Problem error={error} onRetry={() => void refetch()} />;
  }
  return (
    <div className="space-y-14">
      <Head profile={data} />
      <Known profile={data} />
      <Recommended id={id} />
      <Taste id={id} />
      <History events={data.latest_events} />
      <WhatIf events={data.latest_events} />
    </div>
  );
}

function Head({ profile }: { profile: Profile }) {
  const t = useText();
  const { customer } = useSession();
  const { attributes, user_id: id } = profile;
  const type = attributes["loyalty"];
  const segment = attributes["spending_segment"];
  return (
    <header className="flex flex-wrap items-end justify-between gap-4">
      <div>
        <p className="text-sm text-muted">{t.customer.title}</p>
        <h1 className="font-display text-4xl break-all">{id}</h1>
        <p className="mt-3 flex flex-wrap gap-2">
          {typeof type === "string" && <Tag>{t.person.types[type as keyof typeof t.person.types] ?? type}</Tag>}
          {typeof segment === "string" && <Tag>{t.person.segments[segment as keyof typeof t.person.segments] ?? segment}</Tag>}
          <Tag>{t.customer.events(profile.events + profile.live_events)}</Tag>
          {profile.live_events > 0 && <Tag>{t.customer.live(profile.live_events)}</Tag>}
        </p>
      </div>
      {customer === id ? (
        <p className="text-sm text-muted">{t.customer.shopping}</p>
      ) : (
        <Button
          shape="main"
          onClick={() => {
            chooseCustomer(id);
            tell(t.chooser.chosen(id));
          }}
        >
          {t.customer.shopAs}
        </Button>
      )}
    </header>
  );
}

/** Styles, drift and neighbours: all of one answer. */
function Taste({ id }: { id: string }) {
  const t = useText();
  const { data, error, isPending, refetch } = useStyle(id);
  if (isPending) return <p className="text-muted">{t.loading}</p>;
  if (!data) return <Problem error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <Styles style={data} />
      <div className="grid gap-x-12 gap-y-14 lg:grid-cols-2">
        <Drift drift={data.drift} />
        <Neighbours neighbours={data.neighbours} />
      </div>
    </>
  );
}
