import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, startTestSystem, type TestSystem } from '../support/system.js';
import { blocksOf, pages, root, type Block } from './markdown.js';

// Every line that the pages tell people to type is run here, page by page and in order, against a started system; or it says below why not.

const notRun: Record<string, string> = {
  'npm ci && npm start': 'this very test runs on what it installs and starts; .ci/run runs both',
  'npm run import': 'run by .ci/run, on a system started by `npm start`; the import has tests of its own',
  'PAYMENT_URL=https://payments.example.com npm start': 'there is no such payment service',
  'sh deploy/make-secrets.sh > .env': 'needs a container engine; docker-compose.yml is checked by compose.test.ts',
  'temporal operator namespace update':
    'needs the command temporal on PATH; set-up-namespace.sh does the same, in namespace.test.ts',
  'temporal workflow count': 'needs the command temporal on PATH',
  'temporal workflow update execute': 'needs the command temporal on PATH; returns.test.ts sends the same Update',
  'TEMPORAL_ADDRESS=127.0.0.1:7233 TEMPORAL_NAMESPACE=default sh deploy/temporal/set-up-namespace.sh':
    'run by namespace.test.ts, on a server of its own',
};

const reasonAgainst = ({ code }: Block) => Object.keys(notRun).find((beginning) => code.startsWith(beginning));
const blocks = pages.flatMap(blocksOf).filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language));
const runnable = blocks.filter((block) => reasonAgainst(block) === undefined);

it('every reason not to run a line is one for a line that is there', () => {
  expect(Object.keys(notRun).filter((beginning) => !blocks.some(({ code }) => code.startsWith(beginning)))).toEqual([]);
});

it('every block of lines is of bash', () => {
  expect(blocks.filter(({ language }) => language !== 'sh').map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

describe('against a started system', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startTestSystem();
  }, 600_000);
  afterAll(() => system?.remove());

  /** The pages name the port of an ordinary start, and write to /tmp. */
  const here = (code: string) =>
    code.replaceAll('http://127.0.0.1:3000', system.urls.api).replaceAll('/tmp/', `${system.dataDir}/`);

  /** One shell for a page, as a person would have: what one block names the next may use. Answers what each block said. */
  async function run(page: string): Promise<{ status: number | null; said: Map<number, string>; errors: string }> {
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
    const said = new Map(
      output
        .split(/^@@ /m)
        .slice(1)
        .map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]),
    );
    return { status, said, errors };
  }

  it.each([...new Set(runnable.map(({ page }) => page))])(
    'the lines of %s work',
    async (page) => {
      const { status, said, errors } = await run(page);
      for (const { code, line } of runnable.filter((block) => block.page === page)) {
        const before = `${page}:${[...said.keys()].at(-1)} ended with status ${status}, before line ${line}:\n${errors}`;
        expect(said.has(line), before).toBe(true);
        const answers = said.get(line)!.split('\n');
        let at = 0;
        for (const [, expected] of code.matchAll(/# => (.*)$/gm)) {
          const found = answers.findIndex((answer, index) => index >= at && answer.startsWith(expected!));
          expect(
            found,
            `${page}:${line} says "${expected}"; it answered\n${answers.join('\n')}\n${errors}`,
          ).toBeGreaterThanOrEqual(at);
          at = found + 1;
        }
      }
      expect(status, errors).toBe(0);
    },
    300_000,
  );

  it('what README.md has somebody place ends well', async () => {
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

it('every npm command that the pages name is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = pages.flatMap((page) => [
    ...readFileSync(join(root, page), 'utf8').matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g),
  ]);
  const commands = new Set(named.map(([, run, short]) => (run ?? short)!));
  expect(commands.size).toBeGreaterThan(5);
  expect([...commands].filter((name) => !(name in scripts))).toEqual([]);
});
