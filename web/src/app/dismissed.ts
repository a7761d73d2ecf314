import { useMemo } from "react";
import { record, type Shown } from "./events";
import { useWho, whoIsIt } from "./session";
import { createStore, isRecord, useStore } from "./store";

/** What each customer hid in this window: it goes at once, before the server has answered. */
const hidden = createStore<Record<string, string[]>>({}, {
  name: "parure.dismissed",
  valid: (value): value is Record<string, string[]> => isRecord(value) && Object.values(value).every(Array.isArray),
  where: "session",
});

export function useDismissed(): ReadonlySet<string> {
  const ids = useStore(hidden)[useWho()];
  return useMemo(() => new Set(ids), [ids]);
}

export function dismiss(item_id: string, from: Shown | null): void {
  const who = whoIsIt();
  hidden.set((now) => ({ ...now, [who]: [...(now[who] ?? []), item_id] }));
  record({ item_id, event: "dismiss", ...from });
}
