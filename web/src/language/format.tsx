import { createStore, useStore } from '../state/store.js';
import { language, localeOf } from './language.js';

/** The time, for texts such as "3 minutes ago". */
const now = createStore(Date.now());
setInterval(() => now.set(Date.now()), 5000);

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** Makes each of Intl's formatters once: they are slow to make. The arguments are texts and numbers. */
function once<Args extends unknown[], Made>(make: (...args: Args) => Made): (...args: Args) => Made {
  const made = new Map<string, Made>();
  return (...args) => {
    const key = args.join(' ');
    const known = made.get(key);
    if (known) return known;
    const fresh = make(...args);
    made.set(key, fresh);
    return fresh;
  };
}

const relative = once((locale: string) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }));
const full = once((locale: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }));
const clock = once((locale: string) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const dateAndTime = once(
  (locale: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
);

const amounts = once((locale: string, currency: string) => {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return { format, unit: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) };
});
const lengths = once(
  (locale: string, unit: string, digits: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits }),
);
const numbers = once((locale: string) => new Intl.NumberFormat(locale));

export interface Formats {
  /** `€45.90`. Amounts of the API are integers in the currency's minor unit. */
  money: (amount: number, currency: string) => string;
  /** `1.2 s`, `3 min 20 s`, `2 d 4 h`. */
  duration: (ms: number) => string;
  /** `3 min ago` or `in 2 hr`. */
  ago: (at: string) => string;
  /** With date, time and zone: the zone of the viewer. */
  fullTime: (at: string) => string;
  time: (at: string) => string;
  dateTime: (at: string) => string;
  number: (value: number, options?: Intl.NumberFormatOptions) => string;
}

/** How times, durations and money are written in the chosen language. */
export function useFormats(): Formats {
  const locale = localeOf(useStore(language));
  return {
    money: (amount, currency) => money(amount, currency, locale),
    duration: (ms) => duration(ms, locale),
    ago: (at) => ago(Date.parse(at) - Date.now(), locale),
    fullTime: (at) => full(locale).format(new Date(at)),
    time: (at) => clock(locale).format(new Date(at)),
    dateTime: (at) => dateAndTime(locale).format(new Date(at)),
    number: (value, options) => (options ? new Intl.NumberFormat(locale, options) : numbers(locale)).format(value),
  };
}

/** A time such as "3 min ago", with the full time on hover. It keeps itself up to date. */
export function Ago({ at }: { at: string }) {
  const locale = localeOf(useStore(language));
  const ms = Date.parse(at) - useStore(now);
  return (
    <time dateTime={at} title={full(locale).format(new Date(at))}>
      {ago(Math.abs(ms) < 5000 ? 0 : ms, locale)}
    </time>
  );
}

function ago(ms: number, locale: string): string {
  const [unit, length] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1000];
  return relative(locale).format(Math.round(ms / length), unit);
}

function money(amount: number, currency: string, locale: string): string {
  try {
    const { format, unit } = amounts(locale, currency);
    return format.format(amount / unit);
  } catch {
    return `${amount} ${currency}`;
  }
}

const shorter: [string, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

function duration(ms: number, locale: string): string {
  const write = (value: number, unit: string, digits = 0) => lengths(locale, unit, digits).format(value);
  if (ms < 1000) return write(Math.round(ms), 'millisecond');
  if (ms < 60_000) return write(ms / 1000, 'second', ms < 10_000 ? 1 : 0);
  const index = shorter.findIndex(([, length]) => ms >= length);
  const [unit, length] = shorter[index]!;
  const whole = Math.floor(ms / length);
  const [nextUnit, nextLength] = shorter[index + 1]!;
  const rest = Math.floor((ms % length) / nextLength);
  return write(whole, unit) + (rest > 0 ? ` ${write(rest, nextUnit)}` : '');
}
