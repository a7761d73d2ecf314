import { useSyncExternalStore } from "react";

/** A value that several components read and change. */
export interface Store<T> {
  get(): T;
  set(next: T | ((now: T) => T)): void;
  subscribe(listener: () => void): () => void;
}

/** Where a value outlives the page; what is found there is only taken if it is valid. */
export interface Kept<T> {
  name: string;
  valid: (value: unknown) => value is T;
  where?: "local" | "session";
}

/** Storage may be switched off, as in some private windows: then values live as long as the page. */
function storageOf(where: "local" | "session"): Storage | null {
  try {
    return where === "local" ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}

function read<T>(kept: Kept<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(storageOf(kept.where ?? "local")?.getItem(kept.name) ?? "null");
    return kept.valid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function write<T>(kept: Kept<T>, value: T): void {
  try {
    storageOf(kept.where ?? "local")?.setItem(kept.name, JSON.stringify(value));
  } catch {
    // Full, or switched off: the value still holds for this page.
  }
}

/** Make a store; with `kept` it is found again after a reload, and other windows see it change. */
export function createStore<T>(initial: T, kept?: Kept<T>): Store<T> {
  const listeners = new Set<() => void>();
  let value = (kept && read(kept)) ?? initial;
  const tell = () => listeners.forEach((listener) => listener());
  if (kept && kept.where !== "session") {
    window.addEventListener("storage", (event) => {
      if (event.key === kept.name) {
        value = read(kept) ?? initial;
        tell();
      }
    });
  }
  return {
    get: () => value,
    set(next) {
      const made = next instanceof Function ? next(value) : next;
      if (Object.is(made, value)) return;
      value = made;
      if (kept) write(kept, made);
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value; the component is drawn anew when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
