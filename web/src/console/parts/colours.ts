import { useEffect, useState } from "react";
import { useTheme } from "../../app/theme";

/** Colours that are told apart by people who do not see all of them, by day and by night (after Okabe and Ito). */
const KINDS = {
  light: ["#85541c", "#0b6fa4", "#00755a", "#b5457e", "#5b4fa0", "#a5281f", "#4d6b00", "#006d77", "#7a4a63", "#8a6d00"],
  dark: ["#e3b873", "#62b8ec", "#4fd0a5", "#f09cc6", "#b3a6f5", "#f19a90", "#b5d46a", "#5fd0d9", "#d3a3bd", "#e8d25c"],
};

export interface Colours {
  isDark: boolean;
  kinds: readonly string[];
  ink: string;
  muted: string;
  line: string;
  paper: string;
  accent: string;
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** The theme's colours as a canvas needs them; new when the theme changes. */
export function useColours(): Colours {
  const [theme] = useTheme();
  const [device, setDevice] = useState(dark.matches);
  useEffect(() => {
    const listen = () => setDevice(dark.matches);
    dark.addEventListener("change", listen);
    return () => dark.removeEventListener("change", listen);
  }, []);
  const isDark = theme === "dark" || (theme === "system" && device);
  const [colours, setColours] = useState(() => read(isDark));
  // The attribute on the page is set before listeners of the theme run.
  useEffect(() => setColours(read(isDark)), [isDark]);
  return colours;
}

function read(isDark: boolean): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { isDark, kinds: KINDS[isDark ? "dark" : "light"], ink: of("ink"), muted: of("muted"), line: of("line"), paper: of("paper"), accent: of("accent") };
}
