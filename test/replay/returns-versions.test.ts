import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDefinitions, definitionsFolder, freeze } from '../../tools/cli/freeze/check.js';
import type { Freezable } from '../../tools/cli/freeze/frozen.js';
import { freezables } from '../../tools/cli/freeze/processes.js';
import { changedBundle } from '../../tools/cli/replay/changed-bundle.js';
import {
  parseHistory,
  readHistory,
  valueOf,
  type Payload,
  type RecordedHistory,
} from '../../tools/cli/replay/history.js';
import { quieten } from '../../tools/cli/replay/quieten.js';
import { replay } from '../../tools/cli/replay/run.js';
import { defineProcess, type AnyStep, type Process } from '../../workflows/engine/definition.js';
import { returnProcess } from '../../workflows/returns/process.js';
import { harm } from './say.js';

/** The returns process has one version more here: a customer is told that the goods have come back. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const next = returnProcess.version + 1;
const histories = join(root, 'test/replay/histories');

quieten();

describe('a further version of the returns process', () => {
  let lives: RecordedHistory[];
  beforeAll(async () => {
    const files = (await readdir(histories, { recursive: true })).filter((file) => /\breturns-[^/]*\.json$/.test(file));
    const all = await Promise.all(files.sort().map((file) => readHistory(join(histories, file), file)));
    lives = all.filter(({ workflowType }) => workflowType === 'processReturns');
  });

  it('leaves the runs of the version before as they were, and is what a run gets that asks for it', async () => {
    const code = await changedBundle(root, [
      {
        file: 'workflows/returns/process.ts',
        from: /export const returnProcess = defineProcess<Return>\('returns', \d+, (\[[^\]]*\])\);/,
        to: `const definition = $1;
const notifyReceived = step('notifyReceived', {
  after: [awaitReturn],
  expectedMs: 50,
  optional: true,
  run: ({ facts: back, call }) =>
    call(notification.notify({ orderId: back.order.id, event: 'refunded', subject: back.id + ' received' })),
});
const before = defineProcess<Return>('returns', ${next - 1}, definition);
export const returnProcess = defineProcess<Return>('returns', ${next}, [...definition, notifyReceived]);`,
      },
      {
        file: 'workflows/returns/process.ts',
        from: /returnVersions = \[(.*)returnProcess\]/,
        to: 'returnVersions = [$1before, returnProcess]',
      },
    ]);
    expect(lives.length).toBeGreaterThan(2);
    expect(await foundWith(code, lives)).toEqual(lives.map(() => undefined));

    // The same runs, if they had asked for the new version: it does its own step, too.
    const asking = lives.filter(({ name }) => name.endsWith('returns-small.json')).map(askingForNext);
    expect(asking).toHaveLength(1);
    expect(await foundWith(code, asking)).toMatchObject([
      {
        kind: 'graph',
        step: expect.stringMatching(/\S/) as string,
        now: expect.stringContaining('notifyReceived') as string,
      },
    ]);
    const released = await changedBundle(root, []);
    expect(await foundWith(released, asking)).toMatchObject([
      { kind: 'version', now: expect.stringContaining(`Unknown version ${next} of the returns process`) as string },
    ]);
  });
}, 300_000);

async function foundWith(code: Awaited<ReturnType<typeof changedBundle>>, lives: RecordedHistory[]) {
  const found: unknown[] = [];
  for await (const { difference } of replay(lives, code)) found.push(harm(difference));
  return found;
}

/** The run as it would have begun with the next version. */
function askingForNext({ events, name }: RecordedHistory): RecordedHistory {
  const copy = structuredClone(events);
  const started = copy[0]!.workflowExecutionStartedEventAttributes as { input: { payloads: Payload[] } };
  const [payload] = started.input.payloads as [Payload];
  const input = valueOf(payload) as { process: { version: number } };
  input.process.version = next;
  payload.data = Buffer.from(JSON.stringify(input)).toString('base64');
  return parseHistory(JSON.stringify({ events: copy }), name);
}

describe('freezing a further version of the returns process', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderflow-definitions-'));
    await cp(join(root, definitionsFolder), folder, { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const [order, returns] = freezables as [Freezable, Freezable];
  const released = returnProcess as unknown as Process<never>;
  const steps = released.steps as readonly AnyStep[];
  const versionOf = (version: number, list: readonly AnyStep[]) =>
    defineProcess('returns', version, list as unknown as Process<never>['steps'], {});
  const told: AnyStep = {
    ...steps.find(({ id }) => id === 'notifyRefunded')!,
    id: 'notifyReceived',
    dependsOn: ['awaitReturn'],
  };
  const withVersions = (...versions: Process<never>[]): Freezable[] => [order, { ...returns, versions }];

  it('writes a file of its own, and keeps the one of the version before as it was', async () => {
    const both = withVersions(released, versionOf(next, [...steps, told]));
    const { missing, problems } = await checkDefinitions(folder, both);
    expect(problems).toEqual([]);
    expect(missing.map(({ file }) => file)).toEqual([`returns-v${next}.json`]);
    await freeze(folder, missing);
    expect(await readFile(join(folder, `returns-v${next}.json`), 'utf8')).toContain(
      '"id":"notifyReceived","after":["awaitReturn"]',
    );
    expect(await checkDefinitions(folder, both)).toEqual({ missing: [], problems: [] });

    const shared = withVersions(versionOf(next - 1, [...steps, told]), versionOf(next, [...steps, told]));
    const changed = await checkDefinitions(folder, shared);
    expect(changed.problems).toHaveLength(1);
    expect(changed.problems[0]).toMatch(new RegExp(`^Version ${next - 1} of the returns process is not as`));
    expect(changed.problems[0]).toContain('step notifyReceived: was not there, and is new');
    expect(changed.problems[0]).toContain(`workflows/returns/process.ts: give the number ${next + 1}`);
  });
});
