import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Counted, Counter } from './counter.js';
import { costOf } from './history-cost.js';

/** What one order costs, as numbers that do not depend on the machine. */
export interface Counts {
  /** State transitions and events of the run in Temporal. */
  transitions: number;
  events: number;
  /** Bytes of history without the closing event, which carries the result, and of the closing event. */
  historyBytes: number;
  resultBytes: number;
  /** How often the worker activates the run, without queries and evictions. */
  activations: number;
  /** Calls from the SDK into the context of the workflow code. Each starts a thread that watches the time. */
  vmCalls: number;
  /** Promises made in the context of the workflow code, by the process, the engine or the SDK. */
  promises: number;
  /** HTTP requests of the worker. */
  httpCalls: number;
  /** SQL statements for calls to the services. BEGIN and COMMIT are one each. */
  statements: number;
  /** SQL statements of background work for the order, such as the outbox and the simulated carrier: those above an idle system's. */
  backgroundStatements: number;
  /** The statements and the background statements of each service, for a reader. */
  statementsOf: Record<string, string>;
}

export interface CountOptions {
  counter: Counter;
  client: Client;
  /** Places an order. @returns the id of its workflow. */
  place: () => Promise<string>;
  /** The program whose HTTP requests count. */
  worker?: string;
}

const orders = 5;
const idleMs = 3_000;
const quietMs = 300;

/**
 * Lets some orders pass, one after the other, through a system that does nothing else. A busy machine can only add to a count (a call that
 * takes too long is made again), so each count is that of the cheapest order. Background work is averaged over all of them.
 */
export async function countOrders({ counter, client, place, worker = 'worker' }: CountOptions): Promise<Counts> {
  // The first order opens connections and fills caches.
  await live(counter, client, place);
  await sleep(idleMs);
  const idle = await counter.take();
  const began = Date.now();
  const lives: { run: Awaited<ReturnType<typeof costOf>>; counted: Counted[] }[] = [];
  for (let order = 0; order < orders; order += 1) lives.push(await live(counter, client, place));
  const share = (Date.now() - began) / idleMs;
  const all = lives.flatMap(({ counted }) => counted);
  const least = (count: (life: (typeof lives)[number]) => number) => Math.min(...lives.map(count));
  const ofActivations = (key: 'promises' | 'calls') => (life: (typeof lives)[number]) =>
    life.counted.reduce((sum, each) => sum + (each.kind === 'activation' ? each[key] : 0), 0);
  const statements = (program?: string) => least(({ counted }) => statementsIn(counted, 'call', program));
  const background = (program?: string) =>
    Math.max(
      0,
      Math.round(
        (statementsIn(all, 'background', program) - share * statementsIn(idle, 'background', program)) / orders,
      ),
    );
  const services = [...new Set(all.flatMap(({ kind, program }) => (kind === 'statement' ? [String(program)] : [])))];
  return {
    transitions: least(({ run }) => run.transitions),
    events: least(({ run }) => run.events),
    historyBytes: least(({ run }) => run.bytes),
    resultBytes: least(({ run }) => run.closingBytes),
    activations: least(({ counted }) => counted.filter(({ kind }) => kind === 'activation').length),
    vmCalls: least(ofActivations('calls')),
    promises: least(ofActivations('promises')),
    httpCalls: least(
      ({ counted }) => counted.filter(({ kind, program }) => kind === 'request' && program === worker).length,
    ),
    statements: statements(),
    backgroundStatements: background(),
    statementsOf: Object.fromEntries(
      services.sort().map((service) => [service, `${statements(service)} + ${background(service)}`]),
    ),
  };
}

/** Lets one order live, and its notices be sent. */
async function live(counter: Counter, client: Client, place: CountOptions['place']) {
  await counter.take();
  const run = client.workflow.getHandle(await place());
  await run.result();
  const counted: Counted[] = [];
  for (let quietSince = Date.now(); Date.now() - quietSince < quietMs; await sleep(50)) {
    const fresh = await counter.take();
    counted.push(...fresh);
    if (fresh.some((each) => each.kind !== 'statement' || each.route !== undefined)) quietSince = Date.now();
  }
  return { run: await costOf(run), counted };
}

function statementsIn(counted: Counted[], of: 'call' | 'background', program?: string): number {
  return counted.filter(
    (each) =>
      each.kind === 'statement' &&
      (each.route !== undefined) === (of === 'call') &&
      (program === undefined || each.program === program),
  ).length;
}

/** A line for each count. */
export function renderCounts({ statementsOf, ...counts }: Counts): string {
  const lines = Object.entries(counts).map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
  const services = Object.entries(statementsOf).map(([service, count]) => `${service} ${count}`);
  return `${lines.join('\n')}\n        statements by service: ${services.join(', ')}\n`;
}
