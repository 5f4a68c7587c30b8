import { createStore, useStore } from '../state/store.js';
import { de } from './messages/de.js';
import { en, type MessageName, type Messages } from './messages/en.js';
import { zh } from './messages/zh.js';
import { fill } from './fill.js';

export const languages = { en: 'English', de: 'Deutsch', zh: '中文' } as const;
export type Language = keyof typeof languages;

const messages: Record<Language, Messages> = { en, de, zh };
/** Chinese without a script is taken for traditional by some browsers. */
const tags: Record<Language, string> = { en: 'en', de: 'de', zh: 'zh-Hans' };
const storageName = 'orderflow.language';

export const language = createStore<Language>(preferred());
/** For Intl: the browser's own variant of the language, such as en-GB, or else the language alone. */
export const localeOf = (chosen: Language): string =>
  navigator.languages.find((tag) => tag.toLowerCase().split('-')[0] === chosen) ?? tags[chosen];

export function chooseLanguage(next: Language): void {
  localStorage.setItem(storageName, next);
  language.set(next);
}

function preferred(): Language {
  const wanted = [localStorage.getItem(storageName), ...navigator.languages].map(
    (tag) => tag?.toLowerCase().split('-')[0],
  );
  return wanted.find((tag): tag is Language => tag !== undefined && tag in languages) ?? 'en';
}

function follow(): void {
  document.documentElement.lang = tags[language.get()];
}
follow();
language.subscribe(follow);

export type Say = (name: MessageName, values?: Record<string, string | number>) => string;

/**
 * The texts of the page in the chosen language.
 *
 *     const say = useText();
 *     <h1>{say('orders.title')}</h1>
 *     <p>{say('orders.loaded', { count: 1204 })}</p>
 */
export function useText(): Say {
  const chosen = useStore(language);
  return (name, values) => fill(messages[chosen][name], values, localeOf(chosen));
}

/** The text of a name that comes from the API, such as `status.shipping`; the bare word where there is none. */
export function useTextOf(): (group: string, word: string) => string {
  const chosen = useStore(language);
  return (group, word) => {
    const text = messages[chosen][`${group}.${word}` as MessageName] as Messages[MessageName] | undefined;
    return text === undefined ? word : fill(text, undefined, localeOf(chosen));
  };
}

/** The names of the messages of one group, such as `signIn`. */
export type MessageNameOf<Group extends string> = Extract<MessageName, `${Group}.${string}`>;
