import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, startTestSystem, type TestSystem } from '../support/system.js';
import { blocksOf, pages, root, type Block } from './markdown.js';

// Runs every command of the pages, page by page and in order, against a started system. `notRun` lists the exceptions, with reasons.

const notRun: Record<string, string> = {
  'npm ci && npm start': 'this test needs an installed and started system; .ci/run runs both',
  'npm run draw\nnpx vitest run': 'adding-a-step.test.ts runs it, after it has added the step',
  'npm run import': '.ci/run runs it on a system started by `npm start`; the import has its own tests',
  'PAYMENT_URL=https://payments.example.com npm start': 'this payment service does not exist',
  'sh deploy/make-secrets.sh > .env': 'needs a container engine; compose.test.ts checks docker-compose.yml',
  'temporal operator namespace update':
    'needs the command temporal on PATH; namespace.test.ts does the same with set-up-namespace.sh',
  'temporal workflow list': 'needs the command temporal on PATH; unfit-worker.test.ts runs it',
  'temporal worker deployment': 'needs the command temporal on PATH; versioning.test.ts runs them',
  'temporal workflow update execute': 'needs the command temporal on PATH; returns.test.ts sends the same Update',
  'TEMPORAL_ADDRESS=127.0.0.1:7233 TEMPORAL_NAMESPACE=default sh deploy/temporal/set-up-namespace.sh':
    'namespace.test.ts runs it on its own server',
};

const exceptionFor = ({ code }: Block) => Object.keys(notRun).find((beginning) => code.startsWith(beginning));
// changing-workflows.test.ts runs the commands of its page, in a copy that it changes; disaster.test.ts those of its page, on a system to kill.
const blocks = pages
  .filter((page) => page !== 'docs/changing-workflows.md' && page !== 'docs/reliability.md')
  .flatMap(blocksOf)
  .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language));
const runnable = blocks.filter((block) => exceptionFor(block) === undefined);

it('every exception is for a command that the pages have', () => {
  expect(Object.keys(notRun).filter((beginning) => !blocks.some(({ code }) => code.startsWith(beginning)))).toEqual([]);
});

it('every block of commands is marked as sh', () => {
  expect(blocks.filter(({ language }) => language !== 'sh').map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

describe('against a started system', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startTestSystem();
  }, 600_000);
  afterAll(() => system?.remove());

  /** The pages use the default port, and write to /tmp. */
  const here = (code: string) =>
    code.replaceAll('http://127.0.0.1:3000', system.urls.api).replaceAll('/tmp/', `${system.dataDir}/`);

  /** Runs a page in one shell, as a reader would, so that a block can use the variables of the blocks before it. */
  async function run(page: string): Promise<{ status: number | null; outputs: Map<number, string>; errors: string }> {
    const script = runnable
      .filter((block) => block.page === page)
      .map(({ line, code }) => `printf '\\n@@ ${line}\\n'\n${here(code)}`)
      .join('\n');
    const shell = spawn('bash', ['-c', `set -euo pipefail\ncd "$WORKSHOP"\n${script}`], {
      env: {
        ...cleanEnvironment(),
        API: system.urls.api,
        DATA_DIR: system.dataDir,
        WORKSHOP: root,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const status = await new Promise<number | null>((resolve) => shell.once('close', resolve));
    const outputs = new Map(
      output
        .split(/^@@ /m)
        .slice(1)
        .map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]),
    );
    return { status, outputs, errors };
  }

  it.each([...new Set(runnable.map(({ page }) => page))])(
    'the commands of %s work',
    async (page) => {
      const { status, outputs, errors } = await run(page);
      for (const { code, line } of runnable.filter((block) => block.page === page)) {
        const before = `${page}:${[...outputs.keys()].at(-1)} ended with status ${status}, before line ${line}:\n${errors}`;
        expect(outputs.has(line), before).toBe(true);
        const answers = outputs.get(line)!.split('\n');
        let at = 0;
        for (const [, expected] of code.matchAll(/# => (.*)$/gm)) {
          const found = answers.findIndex((answer, index) => index >= at && answer.startsWith(expected!));
          expect(
            found,
            `${page}:${line} expects "${expected}"; the output was\n${answers.join('\n')}\n${errors}`,
          ).toBeGreaterThanOrEqual(at);
          at = found + 1;
        }
      }
      expect(status, errors).toBe(0);
    },
    300_000,
  );

  it('the order of README.md is completed', async () => {
    const orders = await fetch(`${system.urls.api}/v1/orders?customerId=c-1&limit=200`, {
      headers: { authorization: 'Bearer dev-shop' },
    });
    const { items } = (await orders.json()) as {
      items: { id: string; status: string; shipments: unknown[]; lines: { sku: string }[] }[];
    };
    const placed = items.find(({ lines }) => lines.map(({ sku }) => sku).join() === 'vase,lamp');
    expect(placed).toMatchObject({ status: 'completed', shipments: [{ warehouse: 'east' }, { warehouse: 'west' }] });
  });
});

it('every npm command that the pages name exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = pages.flatMap((page) => [
    ...readFileSync(join(root, page), 'utf8').matchAll(/npm (?:run ([a-z:-]+)|(start|test)\b)/g),
  ]);
  const commands = new Set(named.map(([, run, short]) => (run ?? short)!));
  expect(commands.size).toBeGreaterThan(5);
  expect([...commands].filter((name) => !(name in scripts))).toEqual([]);
});
