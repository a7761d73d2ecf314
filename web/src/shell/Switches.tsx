import { useTheme, THEMES, type Theme } from "../app/theme";
import { LANGUAGES, setLanguage, useLanguage, useText, type Language } from "../text";
import { ThemeIcon } from "../ui/icons";

const OVER = "absolute inset-0 size-full cursor-pointer appearance-none opacity-0";
const FACE =
  "relative inline-grid h-11 w-10 place-items-center rounded-full hover:bg-well has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent";

/** Language and appearance: the device's own lists of choices, under a small face. */
export function Switches() {
  const t = useText();
  const language = useLanguage();
  const [theme, setTheme] = useTheme();
  return (
    <>
      <label className={FACE} title={t.header.language}>
        <span aria-hidden="true" className="text-xs font-medium tracking-wider uppercase">
          {language}
        </span>
        <select aria-label={t.header.language} value={language} onChange={(event) => setLanguage(event.target.value as Language)} className={OVER}>
          {Object.entries(LANGUAGES).map(([id, words]) => (
            <option key={id} value={id}>
              {words.language}
            </option>
          ))}
        </select>
      </label>
      <label className={FACE} title={t.header.theme}>
        <ThemeIcon />
        <select aria-label={t.header.theme} value={theme} onChange={(event) => setTheme(event.target.value as Theme)} className={OVER}>
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {t.header.themes[each]}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
