import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rulesFile = join(root, '.dependency-cruiser.cjs');
const rules = (createRequire(import.meta.url)(rulesFile) as { forbidden: { name: string; comment?: string }[] })
  .forbidden;

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

/** The violations that `npm run imports` finds in a tree with the same folders as this one. */
async function violations(tree: string): Promise<Violation[]> {
  const folders = ['contracts', 'workflows', 'activities', 'services', 'src', 'tools', 'bench', 'web', 'test'];
  const args = [join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')];
  args.push('--config', rulesFile, '--output-type', 'json', ...folders);
  const run = promisify(execFile)(process.execPath, args, { cwd: tree, maxBuffer: 1 << 28 });
  const { stdout } = await run.catch((error: Error & { stdout?: string }) => {
    // With violations the status is not 0, and the output lists them.
    if (error.stdout?.startsWith('{')) return { stdout: error.stdout };
    throw error;
  });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

const readable = ({ rule, from, to }: Violation) => `${rule.name}: ${from} -> ${to}`;

it('every import of the project is allowed', async () => {
  expect((await violations(root)).map(readable)).toEqual([]);
}, 120_000);

it('every rule has a reason', () => {
  expect(rules.filter(({ comment }) => !comment).map(({ name }) => name)).toEqual([]);
});

/** For each rule, a file and content that breaks the rule. */
const broken: Record<string, [file: string, content: string]> = {
  'no-cycles': ['src/config/a.ts', "import { b } from './b.js';\nexport const a = () => b;\n"],
  'no-orphans': ['contracts/left-over.ts', 'export const leftOver = 1;\n'],
  'no-dead-code': ['src/temporal/left-over.ts', "import { b } from '../config/b.js';\nexport const leftOver = b;\n"],
  resolvable: ['src/config/lost.ts', "import './gone.js';\n"],
  'listed-in-package-json': [
    'services/orders/store.ts',
    "import { Observable } from 'rxjs';\nexport const o = Observable;\n",
  ],
  'nothing-imports-tests': ['tools/cli/import.ts', "import '../../test/support/toy.js';\n"],
  'no-dev-dependency-in-the-image': ['src/worker/main.ts', "import fc from 'fast-check';\nexport const f = fc;\n"],
  'tools-stay-outside': ['src/api/health.ts', "import '../../tools/local/main.js';\n"],
  'contracts-import-nothing': ['contracts/order.ts', "import pino from 'pino';\nexport const log = pino;\n"],
  'contracts-schemas-need-zod-alone': [
    'contracts/order.schema.ts',
    "import pino from 'pino';\nexport const log = pino;\n",
  ],
  'contracts-types-without-schemas': ['contracts/view.ts', "export { log } from './order.schema.js';\n"],
  'workflows-are-deterministic': [
    'workflows/order/workflow.ts',
    "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();\n",
  ],
  'workflows-import-contracts-and-temporal': [
    'workflows/temporal/publisher.ts',
    "import { capture } from '../../activities/payment.js';\nexport const c = capture;\n",
  ],
  'workflows-name-types-of-activities-alone': [
    'workflows/order/commands.ts',
    "import type { b } from '../../src/config/b.js';\nexport type B = typeof b;\n",
  ],
  'workflows-without-schemas': [
    'workflows/index.ts',
    "import { log } from '../contracts/order.schema.js';\nexport const l = log;\n",
  ],
  'temporal-in-few-workflow-files': [
    'workflows/order/state.ts',
    "import { sleep } from '@temporalio/workflow';\nexport const s = sleep;\n",
  ],
  'engine-knows-no-orders': [
    'workflows/engine/graph.ts',
    "import type { Order } from '../order/state.js';\nexport type O = Order;\n",
  ],
  'host-knows-no-subject': ['workflows/temporal/ports.ts', "import '../order/state.js';\n"],
  'subjects-stand-alone': ['workflows/returns/process.ts', "import '../order/state.js';\n"],
  'activities-wrap-service-calls': [
    'activities/payment.ts',
    "import '../services/orders/store.js';\nexport const capture = 1;\n",
  ],
  'activities-know-temporal-by-their-own-package': [
    'activities/orders.ts',
    "import { Client } from '@temporalio/client';\nexport const C = Client;\n",
  ],
  'platform-is-below-api-and-services': ['src/platform/json.ts', "import '../api/orders.js';\n"],
  'services-stand-alone': ['services/payment/main.ts', "import '../orders/store.js';\n"],
  'services-know-no-temporal': [
    'services/shipping/main.ts',
    "import { Client } from '@temporalio/client';\nexport const C = Client;\n",
  ],
  'api-imports-downward': ['src/api/orders.ts', "import '../../activities/payment.js';\n"],
  'nest-in-the-api-alone': [
    'services/orders/main.ts',
    "import { Module } from '@nestjs/common';\nexport const M = Module;\n",
  ],
  'worker-takes-workflows-by-path': ['src/worker/bundle.ts', "import '../../workflows/order/workflow.js';\n"],
  'worker-is-activities-and-clients': ['src/worker/workers.ts', "import '../api/orders.js';\n"],
  'config-imports-no-other-part': [
    'src/config/b.ts',
    "import { a } from './a.js';\nimport '../../contracts/order.js';\nexport const b = () => a;\n",
  ],
  'temporal-connection-needs-config-alone': ['src/temporal/connection.ts', "import '../api/orders.js';\n"],
  'checker-believes-nobody': ['tools/check/amounts.ts', "import '../../contracts/order.js';\nexport const a = 1;\n"],
  'page-knows-contracts-alone': ['web/src/a.ts', "import '../../src/config/b.js';\nexport const a = 1;\n"],
  'page-names-types-of-contracts-alone': [
    'web/src/c.ts',
    "import type { b } from '../../src/config/b.js';\nexport type C = typeof b;\n",
  ],
  'page-stands-alone': ['tools/cli/page.ts', "import '../../web/src/c.js';\n"],
  'commands-speak-http-and-temporal': ['tools/local/main.ts', "import '../../services/orders/store.js';\n"],
};

describe('each rule finds a violation', () => {
  let tree: string;
  let found: Violation[];

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'orderflow-import-rules-'));
    for (const [file, content] of Object.values(broken)) {
      await mkdir(dirname(join(tree, file)), { recursive: true });
      await writeFile(join(tree, file), content);
    }
    for (const file of ['test/support/toy.ts', 'bench/toy.ts']) {
      await mkdir(dirname(join(tree, file)), { recursive: true });
      await writeFile(join(tree, file), 'export const toy = 1;\n');
    }
    const packages = {
      dependencies: ['pino', 'zod', '@nestjs/common', '@temporalio/client', '@temporalio/workflow'],
      devDependencies: ['fast-check'],
    };
    const manifest = Object.entries(packages).map(([kind, names]) => [
      kind,
      Object.fromEntries(names.map((n) => [n, '*'])),
    ]);
    await writeFile(join(tree, 'package.json'), JSON.stringify({ type: 'module', ...Object.fromEntries(manifest) }));
    await copyFile(join(root, 'tsconfig.json'), join(tree, 'tsconfig.json'));
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    found = await violations(tree);
  }, 120_000);
  afterAll(() => rm(tree, { recursive: true, force: true }));

  it('has an example for each rule', () => {
    expect(Object.keys(broken).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it.each(Object.entries(broken))('%s', (name, [file]) => {
    const culprits = found.filter(({ rule }) => rule.name === name).map(({ from, to }) => [from, to]);
    expect(culprits.flat()).toContain(file);
  });
});
