import { Command } from 'commander';
import pMap from 'p-map';
import pg from 'pg';
import type { OrderStatus } from '../../contracts/statuses.js';
import type { OrderView, StepView } from '../../contracts/order.js';
import type { OrdersClient } from '../../services/orders/client.js';
import { command, exit, runCommand, wholeNumber } from '../../tools/cli/command.js';
import { startOwnBook, type OwnBook } from '../list/book.js';
import { exampleOrder } from '../list/example-order.js';
import { cpuMsOf } from '../processes.js';
import { textTable } from '../report/table.js';
import { quantile } from '../statistics.js';

interface Options {
  orders: number;
  rounds: number;
}

const life: OrderStatus[] = ['placed', 'placed', 'confirmed', 'shipping', 'delivered', 'completed'];
const names = [
  'reserveStock',
  'screenForFraud',
  'authorizePayment',
  'confirmOrder',
  'bookParcel',
  'awaitDispatch',
  'capturePayment',
  'commitStock',
  'notifyShipped',
  'awaitDelivery',
  'signForDelivery',
  'completeOrder',
  'notifyCompleted',
];

const program = command(
  'bench:ends',
  'Measures what the order book pays for its figures of ended orders: the CPU time of PostgreSQL and of the orders service, with and without them.',
  new Command(),
)
  .option('--orders <N>', 'orders in each round', wholeNumber('--orders'), 2000)
  .option('--rounds <N>', 'rounds with and rounds without', wholeNumber('--rounds'), 5);

await runCommand(program, async () => {
  program.parse();
  const { orders, rounds } = program.opts<Options>();
  const book = await startOwnBook();
  const sql = new pg.Client({ connectionString: book.databaseUrl });
  await sql.connect();
  const taken: Record<Variant, number[]> = { with: [], without: [] };
  try {
    await liveOrders(book.client, orders, 'warm');
    for (let round = 0; round < rounds; round += 1) {
      // In turns, in another order each time: the machine and the tables change while it runs.
      for (const variant of round % 2 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
        await sql.query(`alter table orders ${variant === 'with' ? 'enable' : 'disable'} trigger note_end`);
        taken[variant].push(await cpuOf(book, () => liveOrders(book.client, orders, `${variant}-${round}`)));
      }
    }
    process.stdout.write(tableOf(taken, orders));
    return exit.right;
  } finally {
    await sql.end();
    await book.close();
  }
});

type Variant = 'with' | 'without';

async function cpuOf({ client, pids }: OwnBook, act: () => Promise<void>): Promise<number> {
  const all = Object.values(pids);
  const before = cpuMsOf(all);
  await act();
  // Insights first file the orders that are not filed yet. This belongs to the measurement: each round pays for its own orders.
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  const to = new Date(hour.getTime() + 3_600_000).toISOString();
  await client.getInsights({ query: { process: 'order', from: hour.toISOString(), to } });
  return cpuMsOf(all) - before;
}

/** Each order is published six times, as in a run with one parcel. */
async function liveOrders(client: OrdersClient, orders: number, name: string): Promise<void> {
  await pMap(
    Array.from({ length: orders }, (_, n) => `${name}-${n}`),
    async (id) => {
      const placedAt = new Date();
      for (const [index, status] of life.entries()) {
        const view = viewOf(id, status, placedAt);
        const position = { runId: 'run', length: index + 1, at: placedAt.getTime() + index, seq: index };
        await client.publish({ params: { orderId: id }, body: { position, fingerprint: 'made', view } });
      }
    },
    { concurrency: 50 },
  );
}

function viewOf(id: string, status: OrderStatus, placedAt: Date): OrderView {
  const at = (ms: number) => new Date(placedAt.getTime() + ms).toISOString();
  const steps = names.map((step, n): StepView => {
    const times = { startedAt: at(n * 300), finishedAt: at(n * 300 + 250 + ((id.length * 37 * n) % 90)) };
    return { id: step, dependsOn: names.slice(Math.max(0, n - 1), n), state: 'done', attempts: 1, ...times };
  });
  const isEnd = status === 'completed';
  return {
    ...exampleOrder,
    id,
    status,
    customerId: 'c-1',
    shopId: 'demo',
    steps,
    placedAt: at(0),
    updatedAt: at(4000),
    ...(isEnd
      ? { endedAt: at(4000), timing: { totalWorkMs: 3600, makespanMs: 3900, criticalPath: names.slice(0, 10) } }
      : {}),
  };
}

function tableOf(taken: Record<Variant, number[]>, orders: number): string {
  const each = (variant: Variant) => taken[variant].map((ms) => ms / orders);
  const row = (variant: Variant) => [
    variant,
    ...[quantile(each(variant), 0.5)!, Math.min(...each(variant)), Math.max(...each(variant))].map((ms) =>
      ms.toFixed(3),
    ),
  ];
  const difference = quantile(each('with'), 0.5)! - quantile(each('without'), 0.5)!;
  return `${textTable([`CPU-ms an order`, 'median', 'least', 'most'], [row('with'), row('without')])}difference: ${difference.toFixed(3)}\n`;
}
