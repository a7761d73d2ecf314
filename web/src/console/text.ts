import { useLanguage, type Language } from "../text";
import { consoleDe } from "../text/console.de";
import { consoleEn, type ConsoleDictionary } from "../text/console.en";

const WORDS: Readonly<Record<Language, ConsoleDictionary>> = { en: consoleEn, de: consoleDe };

/** The words of the console in the chosen language; they come with the console, not with the shop. */
export function useWords(): ConsoleDictionary {
  return WORDS[useLanguage()];
}

export type { ConsoleDictionary };
