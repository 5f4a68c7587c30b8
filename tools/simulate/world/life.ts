import type { Observation, ReturnView, Run, View } from '../../check/observation.js';
import { tablesOf } from '../services/tables.js';
import type { ModelledRun } from '../runtime/run.js';
import { Api } from './api.js';
import type { Choice } from './choices.js';
import { People } from './people.js';
import { drawOrder } from './plan.js';
import { World } from './world.js';
import type { CodeTrouble, LifeOptions, LoadedProduct } from './world.js';

const minute = 60_000;
const day = 24 * 60 * minute;
/** A life that has not come to its end after so many things that happened goes in circles. */
const mostEvents = 20_000;

/** What came of a life, for the checker. */
export interface LivedLife {
  orders: number;
  observation: Observation;
  trouble: CodeTrouble[];
  choices: readonly Choice[];
  /** How often each fault came. */
  faults: Record<string, number>;
  /** The status of each order at last. */
  ends: string[];
  /** How many things happened in it. */
  events: number;
}

/** Lives the life of one seed: one order, or two that want the same goods, from their placing until nothing happens any more. */
export function live(product: LoadedProduct, { seed, mode, ...options }: LifeOptions): LivedLife {
  const world = new World(product, seed, mode, options);
  const { choices, timeline } = world;
  const api = new Api(world);
  const people = new People(world, api);
  world.listener = people;
  const ids = choices.pick('the number of orders', 0.15, [['ord_1'], ['ord_1', 'ord_2']]);
  const version = product.parts.orderVersions.at(-1)!.version;
  for (const id of ids) {
    const plan = drawOrder(choices, id, version, timeline.now);
    timeline.in(id === 'ord_1' ? 0 : choices.pick('the second order', 0.7, [10, 0, 200, 5000]), () => {
      api.place(plan);
      people.disturb(id);
    });
  }
  let events = 0;
  const until = (end: number) => {
    while (events < mostEvents && timeline.step(end)) events += 1;
  };
  if (mode === 'safety') until(timeline.now + 60 * day);
  else {
    until(world.faultsUntil);
    timeline.now = Math.max(timeline.now, world.faultsUntil);
    // From here on nothing goes wrong. The operators look around now and then, and that is enough.
    for (let round = 0; round < 12 && (round === 0 || world.server.runs.some(({ isOpen }) => isOpen)); round += 1) {
      for (const id of ids) timeline.in(1, () => people.lookAround(id));
      until(timeline.now + 90 * minute);
      timeline.now += minute;
    }
    const end = timeline.now + 20 * day;
    until(end);
    // Everything has been quiet until now, so what is missing is missing for good.
    timeline.now = Math.max(timeline.now, end);
  }
  const observation = observe(world, api);
  return {
    orders: ids.length,
    observation,
    faults: world.faults,
    ends: ids.map((id) => endOf(id, observation)),
    trouble: world.trouble,
    choices: choices.made.filter(({ place }) => !place.startsWith('(')),
    events,
  };
}

/** As the run shows it that spoke last for the order: its own, or the one that settled it. */
function endOf(orderId: string, { runs = [] }: Observation): string {
  const shown = runs.filter((run) => run.orderId === orderId && run.view !== undefined);
  return shown.at(-1)?.view?.status ?? 'not seen';
}

function observe(world: World, api: Api): Observation {
  const { server, mode, parts, now, faultsUntil } = world;
  return {
    ...(mode === 'liveness' && { settledForMs: now - faultsUntil }),
    answers: api.answers,
    runs: server.runs.map((run) => observedRun(run, api)),
    ...(tablesOf(parts.services) as unknown as Omit<Observation, 'at'>),
    at: now,
  };
}

const statuses = { running: 'running', continued_as_new: 'continued_as_new' } as const;

function observedRun(run: ModelledRun, api: Api): Run {
  const { workflowId, runId, type, startedAt, continuedFromRunId } = run.identity;
  const orderId = workflowId.slice(workflowId.indexOf(':') + 1);
  const { outcome, closedAt } = run;
  const failure = outcome?.failure as
    { applicationFailureInfo?: { type?: string; details?: { payloads?: { v: unknown }[] } } } | undefined;
  const shown = outcome ? (outcome.result ?? failure?.applicationFailureInfo?.details?.payloads?.[0]?.v) : queried(run);
  const input = api.plans.get(orderId)?.input;
  return {
    workflowId,
    runId,
    type: type as Run['type'],
    orderId,
    status: (statuses as Record<string, Run['status']>)[run.status] ?? run.status,
    startedAt,
    ...(closedAt !== undefined && { closedAt }),
    ...(continuedFromRunId !== undefined && { continues: continuedFromRunId }),
    ...shownAs(type, shown),
    ...(failure && { failure: failure.applicationFailureInfo?.type ?? 'unknown' }),
    lostTasks: run.lostAt,
    updates: [...run.updates.values()]
      .filter(({ state }) => state !== 'admitted')
      .map(({ id, name, at }) => ({ id, name, at })),
    signals: run.signals.map(({ name, at, content }) => {
      const { id, data } = content as { id: string; data: { shipmentId?: string } };
      return { name, at, id, ...(data.shipmentId !== undefined && { shipmentId: data.shipmentId }) };
    }),
    ...(type === 'processOrder' && input && { deadlines: input.deadlines, placed: input.order }),
  };
}

function queried(run: ModelledRun): unknown {
  const { type } = run.identity;
  if (run.status !== 'running') return undefined;
  if (type === 'processOrder') return run.query('order');
  return type === 'processReturns' ? run.query('returns') : undefined;
}

function shownAs(type: string, shown: unknown): Pick<Run, 'view' | 'returns' | 'latePayments'> {
  if (shown === undefined || shown === null) return {};
  if (type === 'processOrder' || type === 'settleOrder') return { view: shown as View };
  if (type === 'processReturns') return { returns: shown as ReturnView[] };
  return { latePayments: shown as { id: string }[] };
}
