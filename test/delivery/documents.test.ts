import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settings } from '../../src/config/index.js';
import { orderProcess } from '../../workflows/order-process.js';
import { blocksOf, brokenLinks, pages, read, root } from './markdown.js';

test.each(pages)('the links of %s lead somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test('the changelog has the current version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`\n## ${version} - `);
});

const quoted = pages.flatMap(blocksOf).filter(({ language, label }) => language === 'ts' && label !== '');

test.each(quoted)('the code at $page:$line stands in $label', ({ label, code }) => {
  expect(readFileSync(join(root, label), 'utf8')).toContain(code);
});

test('some code is quoted', () => {
  expect(quoted.length).toBeGreaterThan(0);
});

/** `npx vitest run test/delivery/documents --update` writes it anew. */
test('docs/configuration.md has every setting', async () => {
  const groups = [...new Set(settings.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = settings
      .filter((setting) => setting.group === group)
      .map(({ name, default: preset, unset, allowed, description, secret }) => {
        const value = preset === undefined ? (unset ? `unset: ${unset}` : 'unset') : `\`${preset}\``;
        return `| \`${name}\`${secret ? ' (secret)' : ''} | ${value} | ${description} | ${allowed} |`;
      });
    return `## ${group}\n\n| variable | default | what it is | allowed |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  const text =
    '# Configuration\n\nBy environment variables, or in `.env`; a variable of the environment wins. Each program reads them once, when it starts. A wrong ' +
    'value stops it with status 2 and a message that says its name, what was given, and what is allowed; a secret is never shown. Durations: `500ms`, ' +
    `\`30s\`, \`30m\`, \`24h\`, \`14d\`.\n\n${tables.join('\n')}`;
  await expect(text).toMatchFileSnapshot(join(root, 'docs/configuration.md'));
});

describe('the picture of the order process', () => {
  const picture = read('docs/images/order-process.svg');
  const steps = orderProcess.steps.flatMap((step) => [step, ...(step.fanOut?.branch ?? [])]);

  test('shows every step, and no other', () => {
    const shown = [...picture.matchAll(/data-step="(\w+)"/g)].map((match) => match[1]);
    expect(shown.sort()).toEqual(steps.map(({ id }) => id).sort());
  });

  test('shows what each comes after', () => {
    const shown = [...picture.matchAll(/data-from="(\w+)" data-to="(\w+)"/g)].map(
      (match) => `${match[1]} -> ${match[2]}`,
    );
    expect(shown.sort()).toEqual(
      steps.flatMap(({ id, dependsOn }) => dependsOn.map((from) => `${from} -> ${id}`)).sort(),
    );
  });

  test('marks what can be undone, and the pivot', () => {
    const marked = [...picture.matchAll(/data-step="(\w+)"[^>]*>.*?>(\w+) ↩</g)].map((match) => match[1]);
    expect(marked.sort()).toEqual(
      steps
        .filter(({ undo }) => undo !== undefined)
        .map(({ id }) => id)
        .sort(),
    );
    const pivots = [...picture.matchAll(/data-step="(\w+)" class="[^"]*pivot/g)].map((match) => match[1]);
    expect(pivots).toEqual(steps.filter(({ pivot }) => pivot).map(({ id }) => id));
  });
});
