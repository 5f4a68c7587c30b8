import { httpTo } from '../tools/cli/http.js';
import type { TemporalClient } from '../src/temporal/connection.js';
import { orderWorkflowId } from '../workflows/order/messages.js';
import { shops, type Checkout } from './checkout.js';
import { billableActionsOf } from './counts/billable-actions.js';
import { Counter } from './counts/counter.js';
import { countOrders, type Counts } from './counts/order-counts.js';
import type { Measurement } from './measurement.js';
import { figure, type Table } from './report/table.js';
import { say } from './progress.js';
import { Baseline, clientOf } from './variants/baseline.js';
import { orderOf, placeOrder, type Parcels } from './variants/shop.js';

interface Counted extends Counts {
  billableActions: number;
}

/** Counts what an order costs. A busy machine does not change these numbers. Each is counted in a system that does nothing else. */
export const countAll: Measurement<Record<string, Counted>> = async (session) => {
  const counter = await Counter.create();
  try {
    const checkouts = await session.startCheckouts(() => ({ NODE_OPTIONS: counter.nodeOptions }));
    const figures: Record<string, Counted> = {};
    for (const checkout of checkouts) {
      for (const parcels of [1, 2] as const) {
        figures[nameOf(checkout.name, parcels)] = await countSystem(counter, checkout, parcels);
      }
    }
    const baseline = await Baseline.start(session, checkouts[0]!, counter.nodeOptions);
    for (const { name, live } of [baseline.saga(1), baseline.saga(2), baseline.empty()]) {
      const place = async () => (await live()).workflowId;
      figures[name] = await countOne(counter, name, place, baseline.client, 'baseline');
    }
    await baseline.close();
    return { figures, tables: [tableOf(figures)] };
  } finally {
    await counter.remove();
  }
};

const nameOf = (name: string, parcels: Parcels) => `${name}, ${parcels === 1 ? 'one parcel' : 'two parcels'}`;

/** The simulated carrier brings the order to its end: a shop that watches would make calls of its own. */
async function countSystem(counter: Counter, checkout: Checkout, parcels: Parcels): Promise<Counted> {
  const http = httpTo(checkout.system, 60_000);
  const client = await clientOf(checkout);
  const place = async () => {
    const order = { ...orderOf(parcels), carrier: 'simulated' as const };
    return orderWorkflowId((await placeOrder(http, shops.first, order)).view.id);
  };
  try {
    return await countOne(counter, nameOf(checkout.name, parcels), place, client, 'worker');
  } finally {
    await client.connection.close();
  }
}

async function countOne(
  counter: Counter,
  name: string,
  place: () => Promise<string>,
  client: TemporalClient,
  worker: string,
): Promise<Counted> {
  say(`counting ${name}`);
  let last = '';
  const counts = await countOrders({ counter, client, place: async () => (last = await place()), worker });
  const { events } = await client.workflow.getHandle(last).fetchHistory();
  return { ...counts, billableActions: billableActionsOf(events ?? []) };
}

function tableOf(counted: Record<string, Counted>): Table {
  const columns: [title: string, of: (counts: Counted) => string][] = [
    ['transitions', ({ transitions }) => figure(transitions)],
    ['events', ({ events }) => figure(events)],
    ['KiB', ({ historyBytes }) => figure(historyBytes / 1024, 1)],
    ['with result', ({ historyBytes, resultBytes }) => figure((historyBytes + resultBytes) / 1024, 1)],
    ['activations', ({ activations }) => figure(activations)],
    ['VM calls', ({ vmCalls }) => figure(vmCalls)],
    ['promises', ({ promises }) => figure(promises)],
    ['HTTP calls', ({ httpCalls }) => figure(httpCalls)],
    ['SQL', ({ statements }) => figure(statements)],
    ['SQL behind', ({ backgroundStatements }) => figure(backgroundStatements)],
    ['million actions', ({ billableActions }) => figure(billableActions)],
  ];
  return {
    title: 'What an order is made of',
    note:
      'Counts for one order. KiB: the history without and with its result. VM calls: calls into the context of the workflow code. HTTP calls: of ' +
      'the worker. SQL: statements for calls to services, and those behind them, such as of the outbox. Million actions: what Temporal Cloud ' +
      'would [bill](https://docs.temporal.io/cloud/actions) for a million orders, in millions, without queries and fairness.',
    columns: ['variant', ...columns.map(([title]) => title)],
    rows: Object.entries(counted).map(([name, counts]) => [name, ...columns.map(([, of]) => of(counts))]),
  };
}
