import { useFormats, useText } from "../text";
import { Section } from "./Section";
import type { DriftWindow, Style } from "./types";

const SURE = 0.05;

/** How far taste moved from window to window. */
export function Drift({ drift }: { drift: Style["drift"] }) {
  const t = useText();
  const format = useFormats();
  const latest = drift.latest_window;
  const measured = drift.windows.some((each) => each.drift !== null);
  return (
    <Section title={t.customer.drift} note={t.customer.driftNote(drift.window_days)}>
      <ol className="space-y-3">
        {drift.windows.map((each) => (
          <Window key={each.from} window={each} />
        ))}
      </ol>
      {latest?.drift != null && latest.expected_by_chance !== null ? (
        <p className="mt-4 text-sm">
          {t.customer.driftLatest(format.fixed(latest.drift, 2), format.fixed(latest.expected_by_chance, 2))}{" "}
          {latest.p_value !== null && (latest.p_value < SURE ? t.customer.driftSure : t.customer.driftUnsure)}
        </p>
      ) : (
        !measured && <p className="mt-4 text-sm text-muted">{t.customer.driftNone}</p>
      )}
    </Section>
  );
}

function Window({ window }: { window: DriftWindow }) {
  const t = useText();
  const format = useFormats();
  const share = Math.min(window.drift ?? 0, 1);
  return (
    <li className="grid grid-cols-[9rem_1fr_3rem] items-center gap-3 text-sm">
      <span>
        {t.customer.window(format.day(window.from))}
        <span className="block text-xs text-muted">{t.customer.interactions(window.interactions)}</span>
      </span>
      <span aria-hidden="true" className="h-2 overflow-hidden rounded-full bg-line">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="text-right tabular-nums">{window.drift === null ? t.none : format.fixed(window.drift, 2)}</span>
    </li>
  );
}
