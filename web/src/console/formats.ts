import { useFormats, useLanguage, type Formats } from "../text";

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const SPANS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

export interface ConsoleFormats extends Formats {
  bytes(value: number): string;
  /** Seconds, in the largest unit that fits. */
  span(seconds: number): string;
  ms(value: number): string;
  /** With a plus before what is more than nothing. */
  signed(value: number, digits?: number): string;
  clock(date: string | number): string;
  compact(value: number): string;
  /** As many digits as tell something, of a number of any size. */
  figure(value: number): string;
}

export function useConsoleFormats(): ConsoleFormats {
  const formats = useFormats();
  const locale = useLanguage();
  const unit = (value: number, name: string, digits: number) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
  return {
    ...formats,
    bytes: (value) => {
      const step = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), BYTES.length - 1);
      return unit(value / 1000 ** step, BYTES[step] ?? "byte", step ? 1 : 0);
    },
    span: (seconds) => {
      const [name, size] = SPANS.find(([, each]) => seconds >= each) ?? (["second", 1] as const);
      return new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long", maximumFractionDigits: seconds / size < 10 ? 1 : 0 }).format(seconds / size);
    },
    ms: (value) => unit(value, "millisecond", value < 0.1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0),
    signed: (value, digits = 2) => new Intl.NumberFormat(locale, { signDisplay: "exceptZero", maximumFractionDigits: digits }).format(value),
    clock: (date) => new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(date)),
    compact: (value) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value),
    figure: (value) => new Intl.NumberFormat(locale, Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 }).format(value),
  };
}
