import { useCallback, useEffect, useLayoutEffect, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";

/** Whether the page came up by the browser's back or forward: then it is shown as it was left. */
let byHistory = false;
let landed = false;

// The browser restores a place before the page that it belongs to is drawn, so it is done here; but for a reload.
window.history.scrollRestoration = "manual";
window.addEventListener("pagehide", () => {
  window.history.scrollRestoration = "auto";
});

/** How far down each visited page was left. */
const places = new Map<string, number>();
let current = visitKey();

/** One name for each entry of the history; the address, where the browser does not tell of entries. */
function visitKey(): string {
  const { navigation } = window as { navigation?: { currentEntry?: { key: string } | null } };
  return navigation?.currentEntry?.key ?? window.location.href;
}

function moved(back: boolean): void {
  // The page before is still drawn when this is told.
  places.set(current, window.scrollY);
  current = visitKey();
  byHistory = back;
}

window.addEventListener("popstate", () => moved(true));
// wouter tells of its own moves by these names.
window.addEventListener("pushState", () => moved(false));
window.addEventListener("replaceState", () => moved(false));

const RETURN_MS = 2_000;

/** Go down to where the page was left, as soon as there is as much of it again. */
function returnTo(place: number): () => void {
  // It tells at once, when the page has been laid out anyway, and before it is painted.
  const observer = new ResizeObserver(() => {
    window.scrollTo(0, place);
    if (Math.abs(window.scrollY - place) < 2) stop();
  });
  const timer = window.setTimeout(() => stop(), RETURN_MS);
  const stop = () => {
    window.clearTimeout(timer);
    observer.disconnect();
    for (const kind of OWN_MOVES) window.removeEventListener(kind, stop);
  };
  observer.observe(document.body);
  for (const kind of OWN_MOVES) window.addEventListener(kind, stop, { passive: true });
  return stop;
}

/** By which somebody goes elsewhere on the page themselves. */
const OWN_MOVES = ["wheel", "touchstart", "keydown"] as const;

export function cameByHistory(): boolean {
  return byHistory;
}

interface How {
  replace?: boolean;
  state?: unknown;
}

export interface Address {
  path: string;
  params: URLSearchParams;
  patch: typeof patch;
  go(to: string, how?: How): void;
}

/** The address of the page: what is shown stands in it, so that back, forward and a link given on all work. */
export function useAddress(): Address {
  const [path, go] = useLocation();
  const search = useSearch();
  return { path, params: new URLSearchParams(search), patch, go };
}

/** Go to the same page with other parameters; null takes one away. */
export function patch(changes: Record<string, string | readonly string[] | null>, how?: How): void {
  const params = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const each of value === null ? [] : Array.isArray(value) ? value : [value]) params.append(name, each);
  }
  navigate(params.size ? `${window.location.pathname}?${params}` : window.location.pathname, how);
}

/** Open the dialog that is open while a parameter is in the address. No hook: who opens one need not follow the address. */
export function openDialog(name: string, value: string): void {
  patch({ [name]: value }, { state: { dialog: name } });
}

/** A dialog that is open while a parameter is in the address, so that back closes it. */
export function useDialogAddress(name: string): { value: string | null; close: () => void } {
  const { params } = useAddress();
  const close = useCallback(() => {
    const state: unknown = window.history.state;
    const opened = typeof state === "object" && state !== null && "dialog" in state && state.dialog === name;
    if (opened) window.history.back();
    else patch({ [name]: null }, { replace: true });
  }, [name]);
  return { value: params.get(name), close };
}

/** Begin a new page at its top, read out from there, and one that is come back to where it was left. */
export function useTopOfPage(): void {
  const [path] = useLocation();
  const before = useRef(path);
  useLayoutEffect(() => {
    if (before.current === path) return;
    before.current = path;
    if (byHistory) return returnTo(places.get(current) ?? 0);
    window.scrollTo(0, 0);
    landed = true;
  }, [path]);
  useEffect(() => {
    if (!landed) return;
    landed = false;
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [path]);
}

/** Name the window after what it shows. */
export function useTitle(title: string, shop: string): void {
  useEffect(() => {
    document.title = title ? `${title} · ${shop}` : shop;
  }, [title, shop]);
}
