import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt } from '../../tools/local/build.mjs';
import { freePort } from '../../tools/local/ports.js';
import { orderIdFor } from '../../src/temporal/ids.js';
import { Caller, type Answer } from './support/caller.js';
import { anOrder } from './support/orders.js';
import { Proxy } from './support/proxy.js';
import { apiEnvironment, keys, startSystem, type ApiSystem } from './support/system.js';

const program = fileURLToPath(new URL('../../dist/src/api/main.js', import.meta.url));

let system: ApiSystem;
let toTemporal: Proxy;
let toBook: Proxy;
beforeAll(async () => {
  await ensureBuilt();
  system = await startSystem();
  toTemporal = await Proxy.to(system.temporal.address);
  toBook = await Proxy.to(new URL(system.book.url).host);
});
afterAll(async () => {
  await toTemporal?.close();
  await toBook?.close();
  await system?.close();
});

interface Running {
  child: ChildProcess;
  caller: Caller;
  ended: Promise<unknown>;
}

/** The API's program, connected to the other programs through the proxies. */
async function startProgram(): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [program], {
    env: apiEnvironment(toTemporal.address, `http://${toBook.address}`, port),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [message] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('The API ended before it was ready'))),
  ])) as unknown[];
  expect(message).toBe('ready');
  const caller = new Caller(`http://127.0.0.1:${port}`, keys.shop);
  expect((await caller.get(`/v1/orders/ord_${'0'.repeat(26)}`)).status).toBe(404);
  return { child, caller, ended };
}

/** Kills the program as soon as this many chunks have passed the proxies. */
function killAfter(pieces: number, child: ChildProcess): void {
  let passed = 0;
  const onPassed = () => {
    passed += 1;
    if (passed === pieces) child.kill('SIGKILL');
  };
  toTemporal.onPassed = toBook.onPassed = onPassed;
}

it(
  'after a kill between any two steps of placing, a repetition finds or creates the one order',
  { timeout: 240_000 },
  async () => {
    // Every effect of the program is a chunk to or from another program, so a kill after each chunk covers a kill between any two
    // lines. The last round has no chunk left.
    let round = 0;
    for (let killed = true; killed;) {
      round += 1;
      const key = `crash-${round}`;
      let api = await startProgram();
      killAfter(round, api.child);
      const first = await api.caller.place(anOrder(), key).catch((error: unknown) => error as Error);
      toTemporal.onPassed = toBook.onPassed = undefined;
      killed = first instanceof Error;
      if (killed) {
        await api.ended;
        api = await startProgram();
      }
      const again: Answer<{ id: string; placedAt: string }> = await api.caller.place(anOrder(), key);
      expect([200, 201]).toContain(again.status);
      expect(again.body.id).toBe(orderIdFor('demo', key));
      const third = await api.caller.place(anOrder(), key);
      expect(third.status).toBe(200);
      expect(third.body.placedAt).toBe(again.body.placedAt);
      api.child.kill('SIGTERM');
      await api.ended;
      expect(api.child.exitCode).toBe(0);
    }
    // A look-up, its answer, a start, its answer: with fewer chunks the test has not killed anything.
    expect(round).toBeGreaterThan(4);
    const runs = [];
    for await (const run of system.temporal.client.workflow.list()) runs.push(run.workflowId);
    expect(runs).toHaveLength(round);
  },
);
