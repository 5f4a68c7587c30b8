import { once } from 'node:events';
import { ChildRecord } from '../local/child-record.js';
import type { PartName } from '../local/run-file.js';
import { startSystem, type System } from '../local/system.js';
import { serviceNames } from '../../src/config/index.js';

/** What this program is told first. */
export interface Setup {
  /** The environment of Temporal, PostgreSQL and the services. */
  back: NodeJS.ProcessEnv & { DATA_DIR: string };
  /** The environment of the worker and the API, which reach the services through proxies. */
  front: NodeJS.ProcessEnv & { DATA_DIR: string };
}

/** What this program is told later. It answers with the same, when it is done. */
export interface Order {
  do: 'start' | 'stop';
  part: PartName;
}

// The supervisor of the system under chaos: a program of its own, so that it can be killed. It is started by `npm run chaos`, and ends with
// it. A supervisor that was killed leaves its parts running; the next one ends them first.

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.once('disconnect', () => stop.abort());

const [setup] = (await once(process, 'message')) as [Setup];
for (const { DATA_DIR } of [setup.front, setup.back]) await new ChildRecord(DATA_DIR).endOrphans(() => undefined);

const say = (part: PartName | undefined, line: string) => {
  process.stdout.write(`${new Date().toISOString()} ${part ?? 'supervisor'} | ${line}\n`);
};
// Nobody reads the output any more: the parts are stopped all the same.
process.stdout.on('error', () => stop.abort());
const running: System[] = [];
const start = async (env: NodeJS.ProcessEnv, parts: readonly PartName[]) => {
  running.unshift(await startSystem({ env, parts, onLine: say, onNote: say, signal: stop.signal }));
};
let status = 0;
try {
  await start(setup.back, ['temporal', 'postgres', ...serviceNames]);
  await start(setup.front, ['worker', 'api']);
  process.on('message', (order: Order) => {
    const system = running.find(({ parts }) => parts.includes(order.part));
    const done = order.do === 'stop' ? system?.stopPart(order.part) : system?.startPart(order.part);
    void done?.then(
      () => process.send?.(order),
      (error: unknown) => say(order.part, String(error)),
    );
  });
  process.send?.('ready');
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
} catch (error) {
  if (!stop.signal.aborted) {
    say(undefined, (error as Error).stack ?? String(error));
    status = 1;
  }
} finally {
  for (const system of running) await system.stop();
}
process.exit(status);
