import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';
import { execa } from 'execa';
import { glob } from 'tinyglobby';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../tools/local/build.mjs';
import { replayAll, type ReplayOptions } from '../../../tools/cli/replay/all.js';
import { replayBundle } from '../../../tools/cli/replay/bundle.js';
import type { HistoryEvent } from '../../../tools/cli/replay/history.js';
import { quieten } from '../../../tools/cli/replay/quieten.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

quieten();

let bundle: WorkflowBundle;
let recorded: string;
let events: HistoryEvent[];
beforeAll(async () => {
  bundle = await replayBundle();
  [recorded] = (await glob('test/replay/histories/**/failed-fraud.json', { cwd: root, absolute: true })) as [string];
  ({ events } = JSON.parse(await readFile(recorded, 'utf8')) as { events: HistoryEvent[] });
});

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orderflow-replay-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** Puts a history of the committed ones there, or another text. */
async function put(path: string, content?: string | HistoryEvent[]): Promise<string> {
  const file = join(dir, path);
  await mkdir(join(file, '..'), { recursive: true });
  if (content === undefined) await copyFile(recorded, file);
  else await writeFile(file, typeof content === 'string' ? content : JSON.stringify({ events: content }));
  return file;
}

/** Events that the SDK never answers for. */
const swapped = ([start, scheduled, started, ...rest]: HistoryEvent[]): HistoryEvent[] => [
  start!,
  { ...started!, eventId: '2' },
  { ...scheduled!, eventId: '3' },
  ...rest,
];

async function replayed(named: string[], options: Partial<ReplayOptions> = {}) {
  let printed = '';
  const status = await replayAll({ named, bundle, print: (text) => void (printed += text), ...options });
  // Without the line on speed and memory.
  const lines = printed.split('\n').filter((line) => line && !/^\d+ histories in /.test(line));
  return { status, lines: lines.map((line) => line.replaceAll(`${dir}/`, '').replace(/\s+/g, ' ')) };
}

const ok = (name: string) => expect.stringMatching(`^ok ${name}: processOrder, \\d+ events$`) as string;

describe('the names', () => {
  it('are files, folders with the folders below them, and patterns; each file is replayed once', async () => {
    await Promise.all(
      ['a/v1/x.json', 'a/v2/x.json', 'a/notes.txt', 'b.json', 'c/d.json', 'c/e.json'].map((path) => put(path)),
    );
    const { status, lines } = await replayed([
      join(dir, 'a'),
      join(dir, 'b.json'),
      join(dir, 'c/*.json'),
      join(dir, '*.json'),
    ]);
    expect(lines).toEqual([
      ...['a/v1/x.json', 'a/v2/x.json', 'b.json', 'c/d.json', 'c/e.json'].map(ok),
      '5 of 5 histories replay as they were recorded',
    ]);
    expect(status).toBe(0);
  });

  it('may look like patterns', async () => {
    const file = await put('order[1].json');
    expect(await replayed([file])).toEqual({
      status: 0,
      lines: [ok('order\\[1\\].json'), '1 of 1 histories replay as they were recorded'],
    });
  });

  it('that lead to nothing are told together, before anything is replayed', async () => {
    await put('good.json');
    await mkdir(join(dir, 'empty'));
    let printed = '';
    const names = ['good.json', 'gone.json', 'empty', '*.jsn'].map((name) => join(dir, name));
    await expect(replayAll({ named: names, bundle, print: (text) => void (printed += text) })).rejects.toThrow(
      `cannot read ${dir}/gone.json: there is no such file or folder\n` +
        `there are no histories (*.json) in ${dir}/empty\n` +
        `no file matches ${dir}/*.jsn`,
    );
    expect(printed).toBe('');
  });

  it.each([
    ['in a folder that is not there', 'no/such/results.json', 'there is no folder '],
    ['that is a folder', '.', 'it is a folder'],
    ['that is below a file', 'good.json/results.json', 'there is no folder '],
  ])('of a results file %s is told before anything is replayed', async (_what, name, reason) => {
    const file = await put('good.json');
    let printed = '';
    const json = join(dir, name);
    await expect(replayAll({ named: [file], json, bundle, print: (text) => void (printed += text) })).rejects.toThrow(
      `cannot write ${json}: ${reason}`,
    );
    expect(printed).toBe('');
  });
});

describe('a file that cannot be read or replayed', () => {
  it('is one line; the others go on; the status is 2', async () => {
    await put('1-good.json');
    await put('2-text.json', 'no history');
    await put('3-other.json', '{"items":[]}');
    await put('4-hole.json', [...events.slice(0, 3), ...events.slice(5)]);
    await put('5-good.json');
    const json = join(dir, 'results');
    const { status, lines } = await replayed([dir], { json });
    const wanted =
      'expected the output of `temporal workflow show --output json`, or of GET .../history?format=temporal';
    expect(lines).toEqual([
      ok('1-good.json'),
      expect.stringMatching(/^error 2-text.json: it is not JSON \(Unexpected token .*\); expected the output of/),
      `error 3-other.json: it has no list \`events\`; ${wanted}`,
      `error 4-hole.json: it is not a history: entry 4 of \`events\` has the eventId "6"; ${wanted}`,
      ok('5-good.json'),
      '2 of 5 histories replay as they were recorded, 3 could not be read or replayed',
    ]);
    expect(status).toBe(2);
    const { failed, right, results } = JSON.parse(await readFile(json, 'utf8')) as {
      failed: number;
      right: number;
      results: { file: string; error?: { kind: string; reason: string } }[];
    };
    expect([failed, right]).toEqual([3, 2]);
    expect(results.map(({ file, error }) => [file.slice(dir.length + 1), error?.kind])).toEqual([
      ['1-good.json', undefined],
      ['2-text.json', 'file'],
      ['3-other.json', 'file'],
      ['4-hole.json', 'file'],
      ['5-good.json', undefined],
    ]);
  });

  it('does not hide one that differs: the status is 1', async () => {
    await put('bad.json', '{');
    const other = events.map((event) => {
      const type = event.workflowExecutionStartedEventAttributes;
      return type
        ? { ...event, workflowExecutionStartedEventAttributes: { ...type, workflowType: { name: 'gone' } } }
        : event;
    });
    await put('other.json', other);
    const { status, lines } = await replayed([dir]);
    expect(lines.filter((line) => /^(error|differs)/.test(line))).toHaveLength(2);
    expect(lines.at(-1)).toBe('0 of 2 histories replay as they were recorded, 1 could not be read or replayed');
    expect(status).toBe(1);
  });

  it('is also one that the SDK gives no answer for; the others are replayed by a new worker', async () => {
    await put('1-good.json');
    await put('2-hangs.json', swapped(events));
    await put('3-text.json', 'no history');
    await put('4-hangs.json', swapped(events));
    await put('5-good.json');
    const { status, lines } = await replayed([dir], { withinMs: 3_000 });
    const silent = 'no answer from the SDK within 3 s; is the history damaged?';
    expect(lines).toEqual([
      ok('1-good.json'),
      `error 2-hangs.json: ${silent}`,
      expect.stringMatching(/^error 3-text.json: it is not JSON/),
      `error 4-hangs.json: ${silent}`,
      ok('5-good.json'),
      '2 of 5 histories replay as they were recorded, 3 could not be read or replayed',
    ]);
    expect(status).toBe(2);
  });

  it.skipIf(process.getuid?.() === 0)('is also one that may not be read', async () => {
    await chmod(await put('locked.json'), 0);
    const { status, lines } = await replayed([dir]);
    expect(lines[0]).toMatch(/^error locked.json: cannot read .*locked.json: EACCES/);
    expect(status).toBe(2);
  });
}, 60_000);

describe('a payload', () => {
  it('that no codec decodes is told by its event, and the code is not blamed', async () => {
    const encrypted = JSON.parse(JSON.stringify(events), (key, value: unknown) =>
      key === 'encoding' ? Buffer.from('binary/encrypted').toString('base64') : value,
    ) as HistoryEvent[];
    await put('secret.json', encrypted);
    const { status, lines } = await replayed([dir]);
    expect(lines[0]).toBe(
      'error secret.json: a payload of event 1, WorkflowExecutionStarted, cannot be read: its encoding is "binary/encrypted"; ' +
        'is a codec missing in src/temporal/payload-codecs.ts?',
    );
    expect(status).toBe(2);
  });
});

describe('the program', () => {
  const program = (...args: string[]) =>
    execa(process.execPath, [join(root, 'dist/tools/cli/replay.js'), ...args], {
      cwd: root,
      reject: false,
      timeout: 60_000,
    });
  beforeAll(() => ensureBuilt());

  it('ends for a history of one event, with nothing to compare', async () => {
    const { stdout, exitCode } = await program(await put('one.json', events.slice(0, 1)));
    expect(stdout).toMatch(/^skipped .*one.json: processOrder, 1 events\n +no workflow task was completed yet/);
    expect(exitCode).toBe(2);
  });

  it('tells a wrong name on standard error, with status 2', async () => {
    const { stdout, stderr, exitCode } = await program('no-such-file.json');
    expect([stdout, stderr, exitCode]).toEqual([
      '',
      'replay: cannot read no-such-file.json: there is no such file or folder',
      2,
    ]);
  });
}, 120_000);
