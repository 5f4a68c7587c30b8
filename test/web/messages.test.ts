import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { orderFailures } from '../../contracts/failures.js';
import { orderStatuses } from '../../contracts/statuses.js';
import { fill, type Message } from '../../web/src/language/fill.js';
import { de } from '../../web/src/language/messages/de.js';
import { en } from '../../web/src/language/messages/en.js';
import { zh } from '../../web/src/language/messages/zh.js';
import { orderVersions } from '../../workflows/order/process.js';
import { returnVersions } from '../../workflows/returns/process.js';
import { root } from '../../tools/local/build.mjs';

const languages: Record<string, Record<string, Message>> = { en, de, zh };
const source = readdirSync(join(root, 'web/src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes('messages'))
  .map((name) => readFileSync(join(root, 'web/src', name), 'utf8'))
  .join('\n');

const formsOf = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const placesOf = (message: Message): string[] =>
  [...new Set(formsOf(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)))].sort();

describe.each(Object.entries(languages))('the messages in %s', (language, messages) => {
  it('are complete', () => {
    expect(Object.keys(messages)).toEqual(Object.keys(en));
    expect(Object.entries(messages).filter(([, message]) => formsOf(message).some((text) => !text.trim()))).toEqual([]);
  });

  it('have the same places for values', () => {
    for (const [name, message] of Object.entries(en)) {
      expect(placesOf(messages[name]!), name).toEqual(placesOf(message));
    }
  });

  it('have the plural forms of the language, and no other', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
    for (const [name, message] of Object.entries(messages)) {
      if (typeof message !== 'string') expect(Object.keys(message).sort(), name).toEqual(forms);
    }
  });
});

it('every text is used', () => {
  const named = (name: string) => source.includes(`'${name}'`);
  // `status.${status}`: the group in a template.
  const inTemplate = (name: string) => source.includes(`\`${name.slice(0, name.lastIndexOf('.'))}.\${`);
  const inGroup = (name: string) => source.includes(`('${name.slice(0, name.lastIndexOf('.'))}',`);
  expect(Object.keys(en).filter((name) => !named(name) && !inTemplate(name) && !inGroup(name))).toEqual([]);
});

it('every status, failure and step has a word', () => {
  const steps = [...orderVersions, ...returnVersions].flatMap((version) => version.steps.map(({ id }) => id));
  const words = [
    ...orderStatuses.map((status) => `status.${status}`),
    ...Object.keys(orderFailures).map((code) => `failure.${code}`),
    ...steps.map((id) => `step.${id}`),
  ];
  expect(words.filter((word) => !(word in en))).toEqual([]);
});

it('a text takes values, and the form of a number', () => {
  expect(fill('{a} and {b}', { a: 'x', b: 2000 }, 'en')).toBe('x and 2,000');
  expect(fill({ one: '{count} order', other: '{count} orders' }, { count: 1 }, 'en')).toBe('1 order');
  expect(fill({ one: '{count} order', other: '{count} orders' }, { count: 1200 }, 'de')).toBe('1.200 orders');
});
