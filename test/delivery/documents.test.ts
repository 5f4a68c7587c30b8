import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settings } from '../../src/config/index.js';
import { statusCommandTable } from '../workflows/status-command-table.js';
import { blocksOf, brokenLinks, pages, read, root } from './markdown.js';

it.each(pages)('the links of %s work', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

it.each(pages)('the text of %s ends at 120 columns', (page) => {
  const prose = read(page)
    .replace(/^```[^]*?^```$/gm, '')
    .split('\n')
    .filter((line) => !/^(\||    )/.test(line));
  expect(prose.filter((line) => line.length > 120)).toEqual([]);
});

it('the changelog has the current version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`\n## ${version} - `);
});

const quoted = pages
  .flatMap(blocksOf)
  .filter(({ language, label }) => language === 'ts' && label !== '' && !label.startsWith('new '));

it.each(quoted)('the code at $page:$line is in $label', ({ label, code }) => {
  expect(readFileSync(join(root, label), 'utf8')).toContain(code);
});

it('the pages quote code', () => {
  expect(quoted.length).toBeGreaterThan(0);
});

/** `npx vitest run test/delivery/documents --update` writes the tables. */
it('docs/configuration.md has every setting', async () => {
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
  await expectGenerated('docs/configuration.md', /^## [^]*/m, tables.join('\n'));
});

/** `npx vitest run test/delivery/documents --update` writes the file. */
it('.env.example has every setting', async () => {
  const groups = [...new Set(settings.map(({ group }) => group))];
  const blocks = groups.flatMap((group) => [
    `# --- ${group} ---`,
    ...settings
      .filter((setting) => setting.group === group)
      .map(({ name, default: preset, unset, allowed, description }) => {
        const whenUnset = unset === undefined ? '' : ` Unset: ${unset}.`;
        return `# ${description}\n# Allowed: ${allowed}.${whenUnset}\n#${name}=${preset ?? ''}`;
      }),
  ]);
  const text =
    "# Orderflow's configuration. Copy this file to .env, and remove the # in front of each variable that you change. `npm start` and\n" +
    '# the other commands read .env; a variable of the environment wins. Write durations as 500ms, 30s, 30m, 24h or 14d.\n\n' +
    `${blocks.join('\n\n')}\n`;
  await expect(text).toMatchFileSnapshot(join(root, '.env.example'));
});

/** `npx vitest run test/delivery/documents --update` writes the table; test/workflows/status-command.test.ts checks that it is true. */
it('docs/messages.md shows every status with every command', async () => {
  const commands = Object.keys(statusCommandTable.placed) as (keyof typeof statusCommandTable.placed)[];
  const rows = Object.entries(statusCommandTable).map(([status, verdicts]) => {
    const cells = commands.map((command) => (verdicts[command] === 'allowed' ? '**yes**' : `\`${verdicts[command]}\``));
    return `| \`${status}\` | ${cells.join(' | ')} |`;
  });
  const table = [
    `| status | ${commands.map((command) => `\`${command}\``).join(' | ')} |`,
    `|---|${commands.map(() => '---').join('|')}|`,
    ...rows,
  ].join('\n');
  await expectGenerated('docs/messages.md', /^\| status \|[^]*?\n(?=\n)/m, `${table}\n`);
});

/** Checks the generated part of a page; the rest of the page is written by hand. */
async function expectGenerated(file: string, part: RegExp, generated: string): Promise<void> {
  const page = read(file).replace(part, () => generated);
  expect(page).toContain(generated);
  await expect(page).toMatchFileSnapshot(join(root, file));
}

it('every picture of the operator’s page is shown by a page, and all are small', () => {
  const folder = join(root, 'docs/images');
  const pictures = readdirSync(folder).filter((name) => /^page-.*\.png$/.test(name));
  const text = pages.map(read).join('\n');
  expect(pictures.filter((name) => !text.includes(`images/${name}`))).toEqual([]);
  const kib = pictures.map((name) => statSync(join(folder, name)).size / 1024);
  expect(kib.filter((size) => size > 200)).toEqual([]);
  expect(kib.reduce((sum, size) => sum + size, 0)).toBeLessThan(1536);
});
