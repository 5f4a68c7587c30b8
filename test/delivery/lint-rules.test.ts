import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd: root });

/** The rules that a text breaks in a file. The file exists: rules that need types are told about existing files only. */
async function broken(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message);
}

const temporal = (names: string): string => `import { ${names} } from '@temporalio/workflow';\n`;
const process = 'workflows/order/process.ts';
const workflow = 'workflows/order/workflow.ts';
const shipping = 'activities/shipping.ts';

const mistakes: [rule: string, file: string, text: string][] = [
  ['orderflow/same-on-replay', process, 'export const isNight = () => new Date().getUTCHours() < 6;'],
  ['orderflow/same-on-replay', process, 'export const hour = (at: string) => new Date(at).getHours();'],
  ['orderflow/same-on-replay', process, 'export const isLate = (due: number) => Date.now() > due;'],
  ['orderflow/same-on-replay', process, 'export const isLucky = () => Math.random() < 0.5;'],
  ['orderflow/same-on-replay', process, 'export const key = () => crypto.randomUUID();'],
  ['orderflow/same-on-replay', process, "export const order = (a: string, b: string) => a.localeCompare(b, 'de');"],
  ['orderflow/same-on-replay', process, "export const price = (n: number) => new Intl.NumberFormat('de').format(n);"],
  ['orderflow/same-on-replay', workflow, `${temporal('uuid4')}export const key = () => uuid4();`],
  ['orderflow/same-on-replay', 'contracts/time.ts', 'export const today = () => new Date();'],
  [
    'orderflow/digest-of-local-call',
    'workflows/temporal/ports.ts',
    `${temporal('proxyLocalActivities')}
     export const quick = proxyLocalActivities({ startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } });`,
  ],
  ['no-restricted-globals', process, 'export const isTest = () => process.env.NODE_ENV;'],
  ['no-restricted-imports', process, "export { readFileSync } from 'node:fs';"],
  ['no-restricted-syntax', process, 'export let orders = 0;\nexport const count = () => (orders += 1);'],
  [
    'no-restricted-syntax',
    process,
    'const seen = new Set<string>();\nexport const see = (id: string) => seen.add(id);',
  ],
  [
    '@typescript-eslint/no-floating-promises',
    workflow,
    `${temporal('sleep')}export const nap = () => { sleep('1s'); };`,
  ],
  ['temporal/workflow-no-console', workflow, "export const say = () => console.log('placed');"],
  ['temporal/workflow-prefer-sleep', workflow, 'export const nap = () => setTimeout(() => undefined, 1000);'],
  ['temporal/workflow-no-network-in-workflow', workflow, "export const ask = () => fetch('https://example.com');"],
  ['temporal/workflow-no-dynamic-import', workflow, "export const load = () => import('./state.js');"],
  [
    'temporal/workflow-require-activity-timeouts',
    workflow,
    `${temporal('proxyActivities')}export const calls = proxyActivities({ retry: {} });`,
  ],
  [
    'temporal/workflow-require-activity-retry-policy',
    workflow,
    `${temporal('proxyActivities')}export const calls = proxyActivities({ startToCloseTimeout: '10s' });`,
  ],
  [
    'temporal/workflow-condition-timeout-style',
    workflow,
    `${temporal('condition')}export const wait = (test: () => boolean) => condition(test, '1h');`,
  ],
  [
    'temporal/workflow-message-name-literal',
    workflow,
    `${temporal('defineSignal')}export const signal = (name: string) => defineSignal(name);`,
  ],
  [
    'temporal/workflow-patch-id-literal',
    workflow,
    `${temporal('patched')}export const isNew = (id: string) => (patched(id) ? 1 : 2);`,
  ],
  [
    'temporal/workflow-deprecate-patch-requires-comment',
    workflow,
    `${temporal('deprecatePatch')}export const forget = () => deprecatePatch('undo-in-order');`,
  ],
  [
    'temporal/activity-use-cancellation-signal',
    shipping,
    "import { log } from '@temporalio/activity';\nexport const book = async () => log.info((await fetch('https://example.com')).statusText);",
  ],
  ['temporal/activity-prefer-activity-log', shipping, "export const say = () => console.log('booked');"],
  [
    'temporal/no-workflow-and-activity-in-same-file',
    workflow,
    `${temporal('sleep')}import { log } from '@temporalio/activity';\nexport const both = [sleep, log];`,
  ],
];

describe('ESLint finds a mistake', () => {
  it.each(mistakes)(
    '%s in %s',
    async (rule, file, text) => {
      expect(await broken(file, text)).toContain(rule);
    },
    120_000,
  );
});

it('allows the time of the run where it is read', async () => {
  expect(await broken('workflows/temporal/clock.ts', 'export const now = () => Date.now();')).toEqual([]);
  expect(await broken(process, 'export const iso = (ms: number) => new Date(ms).toISOString();')).toEqual([]);
}, 120_000);
