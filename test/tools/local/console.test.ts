import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SystemConsole } from '../../../tools/local/console.js';
import { until } from '../../support/until.js';

function consoleOn(isTTY: boolean): { output: SystemConsole; text: () => string } {
  let written = '';
  const stream = { isTTY, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
  return { output: new SystemConsole(stream), text: () => written.replaceAll(/\u001b\[\d+m/g, '') };
}

const entry = (level: number, msg: string, fields: object = {}) =>
  JSON.stringify({ level, time: Date.now(), pid: 1, hostname: 'h', name: 'worker', ...fields, msg });

it('without a terminal the lines appear as the parts write them, from the start on', () => {
  const { output, text } = consoleOn(false);
  output.state('postgres', 'up');
  output.line('worker', entry(30, 'polling'));
  output.line('postgres', '2026-01-01 LOG:  starting PostgreSQL');
  expect(text()).toMatch(
    /^worker {7}\| \{"level":30.*"polling"\}\npostgres {5}\| 2026-01-01 LOG: {2}starting PostgreSQL\n$/,
  );
});

it('lines are left out while nobody reads, and counted once all is read', async () => {
  const pipe = new PassThrough();
  const output = new SystemConsole(pipe as unknown as NodeJS.WriteStream);
  const line = 'x'.repeat(1024 * 1024);
  for (let lines = 0; lines < 100; lines += 1) output.line('api', line);
  expect(pipe.writableLength).toBeLessThan(20 * 1024 * 1024);
  let text = '';
  pipe.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => pipe.writableLength === 0);
  output.line('worker', 'polling');
  await until(() => text.endsWith('polling\n'));
  const kept = text.split('\n').filter((each) => each.startsWith('api')).length;
  expect(text.slice(-100)).toContain(`\norderflow    | ${100 - kept} lines were left out: nobody read\n`);
});

describe('on a terminal', () => {
  it('the start prints one line for each part, plus problems, and no routine output', () => {
    const { output, text } = consoleOn(true);
    output.state('postgres', 'starting');
    output.line('postgres', '2026-01-01 12:00:00 UTC [1] LOG:  database system is ready to accept connections');
    output.line('temporal', 'CLI 1.5.1 (Server 1.29.1, UI 2.42.1)\n\nServer:  localhost:7233');
    output.state('postgres', 'up');
    output.line('orders', entry(30, 'ready'));
    output.line('orders', entry(40, 'the database is not available'));
    output.line('orders', 'Error: a line that is no log entry');
    output.line('postgres', '2026-01-01 12:00:00 UTC [1] FATAL:  out of memory');
    output.line(undefined, 'ending what an earlier start left running');
    const lines = text().trim().split('\n');
    expect(lines.map((line) => line.split('|')[0]!.trim())).toEqual([
      'postgres',
      'orders',
      'orders',
      'postgres',
      'orderflow',
    ]);
    expect(lines[0]).toMatch(/up after \d+\.\d s$/);
    expect(lines[1]).toMatch(/ \[\d\d:\d\d:\d\d\] WARN: the database is not available$/);
  });

  it('log entries then show the time, the level, the message and its fields', () => {
    const { output, text } = consoleOn(true);
    output.started();
    output.line('worker', entry(30, 'polling', { queues: ['orders'] }));
    output.line('api', entry(50, 'fault', { err: { type: 'Error', message: 'no', stack: 'Error: no\n    at here' } }));
    output.line('api', '{"not":"a log entry"}');
    const lines = text().trim().split('\n');
    expect(lines[0]).toMatch(/^worker {7}\| \[\d\d:\d\d:\d\d\] INFO: polling \{"queues":\["orders"\]\}$/);
    expect(lines[1]).toMatch(/^api {10}\| \[.*\] ERROR: fault ?$/);
    expect(lines.slice(1, -1).every((line) => line.startsWith('api'))).toBe(true);
    expect(text()).toContain('at here');
    expect(lines.at(-1)).toBe('api          | {"not":"a log entry"}');
    expect(text()).not.toContain('hostname');
  });
});
