import type { ReactNode } from "react";
import type { Evidence, RecommendedItem } from "../api/types";
import { useDialogAddress } from "../app/address";
import { remembered, type Remembered } from "../app/remembered";
import { plain, useFormats, useText } from "../text";
import { Bar } from "../ui/Bar";
import { Tag } from "../ui/Chip";
import { Dialog } from "../ui/Dialog";
import { Picture } from "../ui/Picture";

/** What a recommendation rests on. */
export function WhyDialog() {
  const t = useText();
  const { value, close } = useDialogAddress("why");
  if (value === null) return null;
  const found = remembered(value);
  return (
    <Dialog title={t.why.title} onClose={close}>
      {found ? <Answer found={found} /> : <p className="text-sm text-muted">{t.why.gone}</p>}
    </Dialog>
  );
}

function Answer({ found: { item, shown, model } }: { found: Remembered }) {
  const t = useText();
  return (
    <div className="space-y-6">
      <p className="font-display text-xl leading-snug">{item.recommendation_reason}</p>
      <div className={`grid gap-4 ${item.evidence ? "grid-cols-2" : "grid-cols-[8rem_1fr] items-center"}`}>
        <Figure itemId={item.item_id} title={item.title} label={t.why.shown} />
        {item.evidence ? (
          <Figure itemId={item.evidence.item_id} title={item.evidence.title} label={t.why.evidence}>
            <Deed evidence={item.evidence} />
          </Figure>
        ) : (
          <p className="text-sm text-muted">{t.why.noEvidence}</p>
        )}
      </div>
      <Figures item={item} />
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
        <dt className="text-muted">{t.why.source}</dt>
        <dd>{item.model_source}</dd>
        <dt className="text-muted">{t.why.model}</dt>
        <dd>{model}</dd>
        {shown.surface && (
          <>
            <dt className="text-muted">{t.why.place}</dt>
            <dd>{shown.surface}</dd>
          </>
        )}
      </dl>
      {item.marks.length > 0 && (
        <div>
          <h3 className="mb-2 text-sm text-muted">{t.why.marks}</h3>
          <p className="flex flex-wrap gap-2">
            {item.marks.map((mark) => (
              <Tag key={mark}>{t.why.markTexts[mark] ?? plain(mark)}</Tag>
            ))}
          </p>
        </div>
      )}
    </div>
  );
}

function Figure({ itemId, title, label, children }: { itemId: string; title: string; label: string; children?: ReactNode }) {
  return (
    <figure className="min-w-0">
      <Picture itemId={itemId} alt={title} sizes="240px" eager className="rounded-lg" />
      <figcaption className="mt-2 text-sm">
        <span className="block text-xs text-muted">{label}</span>
        {title}
        {children}
      </figcaption>
    </figure>
  );
}

function Deed({ evidence }: { evidence: Evidence }) {
  const t = useText();
  const format = useFormats();
  const words = [t.why.events[evidence.event] ?? plain(evidence.event).toLowerCase()];
  if (evidence.times > 1) words.push(t.why.times(evidence.times));
  if (evidence.date) words.push(format.day(evidence.date));
  return <span className="mt-0.5 block text-xs text-muted">{words.join(" · ")}</span>;
}

function Figures({ item }: { item: RecommendedItem }) {
  const t = useText();
  const rows = [
    { label: t.card.relevance, share: item.relevance_score, says: t.why.relevance, digits: 0 },
    { label: t.card.confidence, share: item.confidence_score, says: t.why.confidence, digits: 1 },
    { label: t.card.similarity, share: item.evidence?.similarity ?? null, says: t.why.similarity, digits: 0 },
  ];
  return (
    <div className="space-y-3 rounded-xl bg-panel p-4">
      {rows.map(({ label, share, says, digits }) =>
        share === null ? null : (
          <div key={label}>
            <Bar label={label} share={share} title={says} digits={digits} />
            <p className="mt-0.5 text-xs text-muted">{says}</p>
          </div>
        ),
      )}
      {item.confidence_score === null && <p className="text-xs text-muted">{t.why.noConfidence}</p>}
    </div>
  );
}
