import { afterEach, expect, it } from 'vitest';
import { identify } from '../../../tools/local/pid-identity.js';
import { StartError } from '../../../tools/local/program.js';
import { Supervisor, type PartSpec, type SupervisorOptions } from '../../../tools/local/supervisor.js';
import { until } from '../../support/until.js';
import { lives, toyPart } from './toy-part.js';

let supervisor: Supervisor<string>;
let said: string[];
const pids: number[] = [];

function supervise(parts: PartSpec[], options: Partial<SupervisorOptions<string>> = {}) {
  said = [];
  supervisor = new Supervisor({
    parts,
    backOffMs: 20,
    onState: (part, state) => said.push(`${part} ${state}`),
    onLine: (part, line) => said.push(`${part}: ${line}`),
    onNote: (part, note) => said.push(`${part} note: ${note}`),
    onStarted: (_part, pid) => pids.push(pid),
    ...options,
  });
  return supervisor;
}

/** Waits a few seconds for the parts. A failure shows the supervisor's output. */
const soon = <T>(ask: () => T | undefined) => until(ask, 8_000, () => said);

afterEach(async () => {
  await supervisor.stop();
  for (const pid of pids.splice(0)) expect(identify(pid), `process ${pid} is left over`).toBeUndefined();
});

it('a part starts when the parts it needs are ready, and stops before those of a lower stage', async () => {
  const stops = "process.on('SIGTERM', () => { console.log('bye'); process.exit() });";
  await supervise([
    toyPart('api', stops + lives, { after: ['server'], stage: 2 }),
    toyPart('worker', stops + lives, { after: ['server'], stage: 1 }),
    toyPart('server', stops + `setTimeout(() => { ${lives} }, 100)`),
  ]).start();
  expect(said.indexOf('api starting')).toBeGreaterThan(said.indexOf('server up'));
  expect(said.indexOf('worker starting')).toBeGreaterThan(said.indexOf('server up'));
  await supervisor.stop();
  expect(said.filter((line) => /bye|stopped/.test(line))).toEqual([
    'api: bye',
    'api stopped',
    'worker: bye',
    'worker stopped',
    'server: bye',
    'server stopped',
  ]);
});

it('parts that do not need each other start at the same time', async () => {
  await supervise([toyPart('one', lives), toyPart('two', lives)]).start();
  expect(said.slice(0, 2)).toEqual(['one starting', 'two starting']);
});

it('a killed part is started again, each time after a longer pause', async () => {
  await supervise([toyPart('service', lives)]).start();
  for (const pauseMs of [20, 40, 80]) {
    const before = supervisor.pid('service');
    supervisor.kill('service', 'SIGKILL');
    await soon(() => supervisor.pid('service') !== before && supervisor.state('service') === 'up');
    expect(said.some((line) => line.includes(`signal SIGKILL\nstarting it again in ${pauseMs / 1000} s`))).toBe(true);
  }
});

it('a part that crashes at its start fails the start with its output', async () => {
  const start = supervise([
    toyPart('good', lives),
    toyPart('bad', "console.error('the disk is full'); process.exit(7)"),
  ]).start();
  await expect(start).rejects.toThrow(StartError);
  await expect(start).rejects.toThrow(/bad ended with exit status 7 before it was ready:\n {2}the disk is full/);
  expect(said.filter((line) => line === 'bad starting')).toHaveLength(3);
  expect(supervisor.state('good')).toBe('stopped');
});

it('a part with a wrong configuration is not started again', async () => {
  await expect(supervise([toyPart('bad', 'process.exit(2)')]).start()).rejects.toThrow('exit status 2');
  expect(said).toEqual(['bad starting', 'bad stopped']);
});

it('a program that does not exist is named', async () => {
  const spec = toyPart('bad', '');
  const program = { ...(await spec.prepare()), command: '/no/such/program' };
  const start = supervise([{ ...spec, prepare: () => Promise.resolve(program) }]).start();
  await expect(start).rejects.toThrow(/bad: cannot run \/no\/such\/program: .*ENOENT/);
});

it('a part that never becomes ready fails the start', async () => {
  const start = supervise([toyPart('mute', 'setInterval(() => {}, 1000)')], { readyWithinMs: 200 }).start();
  await expect(start).rejects.toThrow('mute is not ready after 0.2 s');
});

it('a part that ignores its stop signal is killed after its grace time', async () => {
  await supervise([toyPart('deaf', `process.on('SIGTERM', () => {}); ${lives}`)]).start();
  const pid = supervisor.pid('deaf') as number;
  await supervisor.stopPart('deaf');
  expect(identify(pid)).toBeUndefined();
});

it('a stop during the start starts nothing more', async () => {
  const start = supervise([
    toyPart('slow', 'setInterval(() => {}, 1000)'),
    toyPart('late', lives, { after: ['slow'] }),
  ]).start();
  const outcome = expect(start).rejects.toThrow(StartError);
  await soon(() => supervisor.pid('slow'));
  await supervisor.stop();
  await outcome;
  expect(said).not.toContain('late starting');
});

it('a part can be stopped and started by itself', async () => {
  await supervise([toyPart('one', lives), toyPart('two', lives)]).start();
  const [one, two] = [supervisor.pid('one'), supervisor.pid('two')];
  await supervisor.stopPart('one');
  expect([supervisor.state('one'), supervisor.state('two')]).toEqual(['stopped', 'up']);
  await supervisor.startPart('one');
  expect(supervisor.pid('one')).not.toBe(one);
  expect(supervisor.pid('two')).toBe(two);
});
