import { CURRENCY } from "../app/shop-facts";
import { createStore, useStore } from "../app/store";
import { de } from "./de";
import { en, type Dictionary } from "./en";

export type Language = "en" | "de";
export const LANGUAGES: Readonly<Record<Language, Dictionary>> = { en, de };

function isLanguage(value: unknown): value is Language {
  return value === "en" || value === "de";
}

const asked = navigator.language.slice(0, 2);
const language = createStore<Language>(isLanguage(asked) ? asked : "en", { name: "parure.language", valid: isLanguage });
document.documentElement.lang = language.get();

export function setLanguage(next: Language): void {
  language.set(next);
  document.documentElement.lang = next;
}

export function useLanguage(): Language {
  return useStore(language);
}

/** The words of the chosen language. */
export function useText(): Dictionary {
  return LANGUAGES[useLanguage()];
}

/** Numbers, prices and days as the chosen language writes them. */
export interface Formats {
  /** Whole units of money; cents are left out where there are none and `short` is wished for. */
  money(value: number, short?: boolean): string;
  number(value: number, digits?: number): string;
  /** With just so many digits, so that numbers below each other line up. */
  fixed(value: number, digits: number): string;
  percent(share: number, digits?: number): string;
  /** From an ISO date or moment. */
  day(date: string): string;
  moment(date: string): string;
}

/** The reader's own way of writing the language, as British English, where the browser names it. */
function regional(language: Language): string {
  return navigator.languages.find((each) => each.startsWith(language)) ?? language;
}

const made = new Map<Language, Formats>();

function formatsOf(language: Language): Formats {
  const locale = regional(language);
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: CURRENCY });
  const round = new Intl.NumberFormat(locale, { style: "currency", currency: CURRENCY, maximumFractionDigits: 0 });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return {
    money: (value, short = false) => (short ? round : money).format(value),
    number: (value, digits = 0) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
    fixed: (value, digits) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    percent: (share, digits = 0) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(share),
    day: (date) => day.format(new Date(date)),
    moment: (date) => moment.format(new Date(date)),
  };
}

export function useFormats(): Formats {
  const locale = useLanguage();
  const found = made.get(locale) ?? formatsOf(locale);
  made.set(locale, found);
  return found;
}

/** A name of a column or mark that no dictionary has, as words. */
export function plain(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type { Dictionary };
