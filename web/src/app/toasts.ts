import { createStore } from "./store";

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 5_000;
let last = 0;

export const toasts = createStore<Toast[]>([]);

/** Tell something in passing; it is read out and goes away by itself. */
export function tell(text: string, bad = false): void {
  const id = ++last;
  toasts.set((now) => [...now.slice(-2), { id, text, bad }]);
  window.setTimeout(() => drop(id), SHOWN_MS);
}

export function drop(id: number): void {
  toasts.set((now) => now.filter((each) => each.id !== id));
}
