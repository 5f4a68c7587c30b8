import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt } from '../../tools/local/build.mjs';

const log = new URL('../../dist/src/platform/log.js', import.meta.url).href;

beforeAll(() => ensureBuilt());

/** Runs statements in a program of their own, which has a `log`. */
function run(statements: string): ChildProcess {
  const script = `import { openLog } from '${log}'; const log = openLog('test', 'info'); ${statements}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function messages(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
}

async function firstWrite({ stdout }: ChildProcess): Promise<unknown[]> {
  const [text] = (await once(stdout!, 'data')) as [Buffer];
  return messages(text.toString());
}

async function everything(child: ChildProcess): Promise<unknown[]> {
  const parts: Buffer[] = [];
  child.stdout!.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close');
  return messages(Buffer.concat(parts).toString());
}

it('lines are written together, soon, while the program goes on', async () => {
  const child = run(`log.info('a'); log.info('b'); setTimeout(() => log.info('c')); setInterval(() => {}, 1e6);`);
  expect(await firstWrite(child)).toEqual(['a', 'b', 'c']);
});

it('a warning is written at once, with the lines before it', async () => {
  // The blocked program runs no timer any more.
  const child = run(
    `log.info('a'); log.warn('b'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);`,
  );
  expect(await firstWrite(child)).toEqual(['a', 'b']);
  expect(child.exitCode).toBeNull();
});

it.each([
  ['ends by itself', ''],
  ['exits', 'process.exit(0);'],
  ['meets an uncaught error', `throw new Error('uncaught');`],
  ['meets a rejection that nobody handles', `void Promise.reject(new Error('rejected')); await new Promise(() => {});`],
])('the last lines of a program are written when it %s', async (_, end) => {
  expect(await everything(run(`log.info('a'); log.info('b'); ${end}`))).toEqual(['a', 'b']);
});
