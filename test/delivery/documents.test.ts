import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settings } from '../../src/config/index.js';
import { statusCommandTable } from '../workflows/status-command-table.js';
import { blocksOf, brokenLinks, pages, read, root } from './markdown.js';

it.each(pages)('the links of %s lead somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

it('the changelog has the current version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`\n## ${version} - `);
});

const quoted = pages.flatMap(blocksOf).filter(({ language, label }) => language === 'ts' && label !== '');

it.each(quoted)('the code at $page:$line stands in $label', ({ label, code }) => {
  expect(readFileSync(join(root, label), 'utf8')).toContain(code);
});

it('some code is quoted', () => {
  expect(quoted.length).toBeGreaterThan(0);
});

/** `npx vitest run test/delivery/documents --update` writes it anew. */
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
  const text =
    '# Configuration\n\nBy environment variables, or in `.env`; a variable of the environment wins. Each program reads them once, when it starts. A wrong ' +
    'value stops it with status 2 and a message that says its name, what was given, and what is allowed; a secret is never shown. Durations: `500ms`, ' +
    `\`30s\`, \`30m\`, \`24h\`, \`14d\`.\n\n${tables.join('\n')}`;
  await expect(text).toMatchFileSnapshot(join(root, 'docs/configuration.md'));
});

/** `npx vitest run test/delivery/documents --update` writes it anew. */
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
    "# Orderflow's configuration. Copy to .env and take the # away where a value should differ; `npm start` and the other commands\n" +
    '# read .env, and a variable of the environment wins over it. Durations: 500ms, 30s, 30m, 24h, 14d.\n\n' +
    `${blocks.join('\n\n')}\n`;
  await expect(text).toMatchFileSnapshot(join(root, '.env.example'));
});

/** `npx vitest run test/delivery/documents --update` writes it anew; test/workflows/status-command.test.ts holds the table itself. */
it('docs/messages.md has every status with every command', async () => {
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
  await expect(messagesPage(table)).toMatchFileSnapshot(join(root, 'docs/messages.md'));
});

function messagesPage(table: string): string {
  return `# What can be asked of an order, and when

For whoever writes the code that sends commands, and for whoever wonders why one was refused. It is not the list of routes: that is \`/docs\` of a running API.

A command is taken, or it is refused with 409, the code in this table, the status of the order, and \`possible\`: what it can be asked now. Every view of an order has the same list.

${table}

- \`amend\` is PATCH; every other command is the route of its name. \`review\` and \`resolve\` want an operator's key.
- \`resolve\` goes by the step it names: it is taken for a step that is stuck, in any status, after the end too while the run is open; and to skip or abandon a step that waits for the carrier or a signature. \`possible\` has it as long as there is
  such a step. Here it names the step that keeps the order in \`needs_attention\`; elsewhere a step that is not stuck.
- \`needs_attention\` here is the one before the first dispatch. After it \`cancel\` and \`amend\` are refused as in \`shipping\`, and \`receipt\` is taken.
- An order whose run was ended from outside (\`needs_attention\`, \`terminated\`) takes \`resolve\` with \`abandon\` alone; all else, \`retry\` and \`skip\` too, is refused with \`wrong_status\`. One whose run cannot be replayed (\`code_mismatch\`)
  answers every command with 503 \`not_processed_yet\`. [What to do](operations.md#a-run-that-was-ended-from-outside).
- Where two steps wait for somebody (an order that is short and flagged), the status is \`awaiting_customer\`, and \`possible\` has what either step takes: \`decision\` and \`review\`. A step that needs attention hides no other that waits.
- While a cancelled order is being undone its status stays; \`cancel\` is then refused with \`not_cancellable\`, all else but \`resolve\` with \`wrong_status\`.
- \`payment\` is refused while another attempt is under way, and \`amend\` from the moment the order is being confirmed.
- An order takes 50 amendments, 50 payment attempts and 500 commands in all ([why](decisions/0016-what-an-order-takes.md)). Beyond that it answers 409 \`too_many_changes\`, and \`possible\` lists what is left. \`cancel\`, \`review\`,
  \`decision\` and \`resolve\` are always taken.
- Two people at the same moment: one is taken, the other is refused with the status that the first one left.

News by webhook is never refused for its moment. Before the end it is kept until the order waits for it, whatever comes first; the answer says \`"applied": true\`. What came before under the same id, what the order shows
already, and what comes after its run has closed has no effect, and the answer says \`"applied": false\`. The same holds for failed payments of an order that has had its 50 attempts (the payment
of the total is always taken), and for a sender without end: once the history of the run has grown to a third of what Temporal takes, its news is dropped, with a line in the log of the API.

Money is never swallowed. A payment that the order cannot use, as it is paid already, is being undone or has ended, is recorded and given back at once by the run \`late-payment:<orderId>\`. The answer says \`"applied": true\`, and the order's
attempts show it as \`returned\`.
`;
}
