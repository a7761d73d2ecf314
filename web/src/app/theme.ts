import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** Kept as bare text: theme.js reads it before the first paint. */
const NAME = "parure.theme";

function kept(): Theme {
  try {
    const found = localStorage.getItem(NAME);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

const theme = createStore<Theme>(kept());

export function useTheme(): [Theme, (next: Theme) => void] {
  return [useStore(theme), setTheme];
}

function setTheme(next: Theme): void {
  theme.set(next);
  if (next === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  try {
    localStorage.setItem(NAME, next);
  } catch {
    // The choice holds for this page.
  }
}
