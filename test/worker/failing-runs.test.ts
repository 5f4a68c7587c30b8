import { expect, it } from 'vitest';
import { FailingRuns, rolloutMs } from '../../src/worker/failing-runs.js';
import { EventEmitter } from 'node:events';

/** What Temporal knows of one run, and a worker with the build `new` that meets it. */
interface Scene {
  /** The ends of its workflow tasks, the newest first: `completed old`, `failed new`. */
  tasks: string[];
  attempt: number;
  isOpen: boolean;
}

const types: Record<string, number> = { started: 6, completed: 7, failed: 9 };

/** Both events of a workflow task, the newest first. */
function eventsOf(task: string) {
  const [type = '', buildId] = task.split(' ');
  return [
    { eventType: types[type], ...(type === 'failed' ? { workflowTaskFailedEventAttributes: { cause: 24 } } : {}) },
    { eventType: types.started, workflowTaskStartedEventAttributes: { workerVersion: { buildId } } },
  ];
}

/** A worker that has started at the time 0 and met the run at `metAt`. */
async function met(tasks: string[], metAt = 1_000) {
  const scene: Scene = { tasks, attempt: 2, isOpen: true };
  let now = 0;
  const asked: string[] = [];
  const answer = (name: string, body: () => object) => () => {
    asked.push(name);
    return Promise.resolve(body());
  };
  const connection = {
    withDeadline: (_deadline: number, call: () => unknown) => call(),
    workflowService: {
      listWorkflowExecutions: answer('list', () => ({
        executions: [{ execution: { workflowId: 'order:ord_1' }, type: { name: 'processOrder' } }],
      })),
      getWorkflowExecutionHistoryReverse: answer('history', () => ({
        history: { events: scene.tasks.flatMap(eventsOf) },
      })),
      describeWorkflowExecution: answer('describe', () => ({
        workflowExecutionInfo: { status: scene.isOpen ? 1 : 4 },
        ...(scene.attempt > 0 ? { pendingWorkflowTask: { attempt: scene.attempt } } : {}),
      })),
    },
  };
  const lines: unknown[] = [];
  const log = { error: (line: unknown) => void lines.push(line), info: () => undefined };
  const runs = new FailingRuns({
    connection: connection as never,
    namespace: 'default',
    buildId: 'new',
    log: log as never,
    now: () => now,
  });
  const evictionsEmitter = new EventEmitter();
  runs.watch({ evictionsEmitter } as never);
  const fail = async (reason = 3) => {
    evictionsEmitter.emit('eviction', { runId: 'run-1', evictJob: { reason } });
    await new Promise(setImmediate);
  };
  now = metAt;
  await fail();
  return {
    scene,
    asked,
    lines,
    fail,
    later: (ms: number) => (now += ms),
    look: async () => {
      const list = await runs.list();
      return { count: list.length, isNew: list[0]?.isNew, holdsUp: runs.holdsUp(list) };
    },
  };
}

it.each([
  ['the code from before advanced it', ['failed new', 'completed old'], true],
  ['its failure is not recorded yet', ['completed old'], true],
  ['no code ever advanced it', ['failed new'], true],
  ['the code from before failed it too', ['failed old', 'completed older'], false],
  ['this code advanced it', ['failed new', 'completed new'], false],
])('a run of which %s: a rollout has to stop: %s', async (_what, tasks, isNew) => {
  const { look, lines } = await met(tasks);
  expect(await look()).toEqual({ count: 1, isNew, holdsUp: isNew });
  expect(lines).toMatchObject([{ workflowId: 'order:ord_1', workflowType: 'processOrder', cause: 'nondeterminism' }]);
});

it('a run that fails when the rollout is long over holds nothing up', async () => {
  const { look } = await met(['failed new', 'completed old'], rolloutMs + 1);
  expect(await look()).toEqual({ count: 1, isNew: true, holdsUp: false });
});

it('a rollout that was held up does not go on by the time alone', async () => {
  const { look, later } = await met(['failed new', 'completed old']);
  later(2 * rolloutMs);
  expect((await look()).holdsUp).toBe(true);
});

it('a run that the code from before helps on still holds up this code', async () => {
  const { scene, look, later } = await met(['failed new', 'completed old']);
  Object.assign(scene, { attempt: 0, tasks: ['completed old', 'failed new', 'completed old'] });
  later(60_000);
  expect((await look()).holdsUp).toBe(true);
});

it.each([
  ['has ended', { isOpen: false }],
  ['was advanced by this code', { attempt: 0, tasks: ['completed new', 'failed new', 'completed old'] }],
])('a run that %s is forgotten, and is told again when it fails again', async (_what, change) => {
  const { scene, look, later, fail, lines } = await met(['failed new', 'completed old']);
  Object.assign(scene, change);
  later(60_000);
  expect(await look()).toMatchObject({ count: 0, holdsUp: false });
  await fail(4);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ cause: 'exception' });
});

it('a run that leaves the memory for another reason is no failure', async () => {
  const { look, scene, later, fail, asked } = await met(['completed old']);
  scene.isOpen = false;
  later(60_000);
  await look();
  asked.length = 0;
  for (const reason of [0, 1, 2, 5, 6, 7, 8, 9, 10]) await fail(reason);
  expect(await look()).toMatchObject({ count: 0 });
  expect(asked).toEqual([]);
});

it('many attempts of one run are looked up once, and health asks Temporal every few seconds at most', async () => {
  const { look, later, fail, asked } = await met(['failed new', 'completed old']);
  for (let attempt = 0; attempt < 10; attempt += 1) await fail();
  expect(asked).toEqual(['list', 'history']);
  later(60_000);
  await Promise.all([look(), look(), look()]);
  await look();
  expect(asked).toEqual(['list', 'history', 'describe']);
});
