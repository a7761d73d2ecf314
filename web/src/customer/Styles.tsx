import { Link } from "wouter";
import { useFormats, useText } from "../text";
import { Picture } from "../ui/Picture";
import { Section } from "./Section";
import type { Style, StyleCluster } from "./types";

/** Clusters of taste, each as the pictures nearest to it. */
export function Styles({ style }: { style: Style }) {
  const t = useText();
  return (
    <Section title={t.customer.styles} note={t.customer.stylesNote}>
      {style.has_style ? (
        <div className="grid gap-6 md:grid-cols-2 xl:grid-cols-3">
          {style.styles.map((cluster) => (
            <Cluster key={cluster.products[0]?.product_id ?? cluster.share} cluster={cluster} />
          ))}
        </div>
      ) : (
        <p className="text-sm text-muted">{t.customer.noStyle(style.min_interactions)}</p>
      )}
    </Section>
  );
}

function Cluster({ cluster }: { cluster: StyleCluster }) {
  const t = useText();
  const format = useFormats();
  return (
    <article className="rounded-2xl bg-panel p-4">
      <div className="grid grid-cols-3 gap-2">
        {cluster.products.slice(0, 6).map((each) => (
          <Link key={each.product_id} href={`/p/${encodeURIComponent(each.product_id)}`} title={each.title}>
            <Picture itemId={each.product_id} alt={each.title} sizes="120px" className="rounded-lg" />
          </Link>
        ))}
      </div>
      <h3 className="mt-3 font-medium">{t.customer.share(format.percent(cluster.share))}</h3>
      {cluster.consistency !== null && (
        <p className="text-xs text-muted">{t.customer.consistency(format.percent(cluster.consistency))}</p>
      )}
    </article>
  );
}
