import { beforeAll, expect, it } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';

/**
 * The bundle holds workflow code only, because every worker keeps it in memory for each of its threads. The types of the contracts are
 * inferred from zod schemas: one import that is not `import type` would bring zod in.
 */

let script: string;
let sources: string[];

beforeAll(async () => {
  const { code } = await workflowBundle();
  const [before, map] = code.split('//# sourceMappingURL=data:application/json;charset=utf-8;base64,');
  script = before!;
  ({ sources } = JSON.parse(Buffer.from(map!, 'base64').toString()) as { sources: string[] });
}, 60_000);

it('holds only workflow code, plain contracts and the needs of the Temporal SDK', () => {
  const packages = sources.map((path) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  expect(new Set(packages.filter((name) => name !== undefined))).toEqual(
    new Set(['@temporalio/common', '@temporalio/workflow', 'nexus-rpc', 'long', 'ms']),
  );
  const ours = sources.filter((path) => /\.[jt]s$/.test(path) && !path.includes('/node_modules/'));
  expect(ours.filter((path) => !/\/(contracts|workflows)\//.test(path))).toEqual([]);
  expect(ours.filter((path) => /\.schema\.[jt]s$/.test(path))).toEqual([]);
});

it('holds nothing of zod', () => {
  // Every zod schema has this property.
  expect(script.includes('_zod')).toBe(false);
});

it('stays below 1 MB without its source map', () => {
  expect(script.length).toBeLessThan(1_000_000);
});

it('loads the modules once for all runs', () => {
  expect(script).toMatch(/preloadModules = function preloadModules\(\) \{\s+__webpack_require__\(/);
});
