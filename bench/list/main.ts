import { Command } from 'commander';
import pg from 'pg';
import type { OrdersClient } from '../../services/orders/client.js';
import { command, exit, runCommand, wholeNumber } from '../../tools/cli/command.js';
import { quantile } from '../statistics.js';
import { textTable } from '../report/table.js';
import { startOwnBook } from './book.js';
import { makeRows, spread } from './rows.js';

interface Options {
  rows: number;
  times: number;
}

const program = command(
  'bench:list',
  'Measures the lists and the counts of an order book with many synthetic orders, in a database of its own.',
  new Command(),
)
  .option('--rows <N>', 'orders in the book', wholeNumber('--rows'), 1_000_000)
  .option('--times <N>', 'how often each read is measured', wholeNumber('--times'), 100);

await runCommand(program, async () => {
  program.parse();
  const { rows, times } = program.opts<Options>();
  const { client, databaseUrl, close } = await startOwnBook();
  try {
    await makeRows(databaseUrl, rows);
    await client.recount({});
    process.stdout.write(await measure(client, databaseUrl, { rows, times }));
    return exit.right;
  } finally {
    await close();
  }
});

/** The table: for each read p50 and p95 in ms, over HTTP. The values of the filters differ from read to read. */
async function measure(client: OrdersClient, databaseUrl: string, { rows, times }: Options): Promise<string> {
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  const any = (most: number) => Math.floor(Math.random() * most);
  const shopId = () => `shop-${any(spread.shops)}`;
  const time = () => new Date(spread.firstPlacedAt + any(rows) * spread.everyMs).toISOString();
  const list = (query: NonNullable<Parameters<OrdersClient['listOrders']>[0]['query']>) => client.listOrders({ query });
  const reads: [string, () => Promise<unknown>][] = [
    ['newest of all shops', () => list({})],
    ['newest of a shop', () => list({ shopId: shopId() })],
    ['of a shop, from any time back', () => list({ shopId: shopId(), placedBefore: time() })],
    ['of a shop, completed', () => list({ shopId: shopId(), status: ['completed'], placedBefore: time() })],
    ['of a shop, shipping or confirmed', () => list({ shopId: shopId(), status: ['shipping', 'confirmed'] })],
    ['of all shops, needs attention', () => list({ status: ['needs_attention'] })],
    ['of a customer', () => list({ customerId: `c-${any(spread.customers)}` })],
    ['of a customer of a shop', () => list({ shopId: shopId(), customerId: `c-${any(spread.customers)}` })],
    ['with a common sku, of a shop', () => list({ shopId: shopId(), sku: 'mug' })],
    ['with a rare sku, completed', () => list({ sku: 'rare', status: ['completed'] })],
    ['by failure code, of a shop', () => list({ shopId: shopId(), failureCode: 'payment_deadline' })],
    ['by step', () => list({ step: 'bookParcel', placedBefore: time() })],
    ['in trouble', () => list({ trouble: 'any' })],
    ['trouble, grouped', () => client.listTrouble({ query: {} })],
    ['counts of all', () => client.countOrders({ query: {} })],
    ['counts of a shop', () => client.countOrders({ query: { shopId: shopId() } })],
    ['counts of a failure code', () => client.countOrders({ query: { failureCode: 'payment_deadline' } })],
    ['counts of a rare sku', () => client.countOrders({ query: { sku: 'rare' } })],
    ['by reference', () => list({ reference: `r-${any(rows)}` })],
    ['200 of a shop, from any time back', () => list({ shopId: shopId(), placedBefore: time(), limit: 200 })],
    ['counts for /metrics', () => client.getStats({})],
    ['counts, as full count in SQL', () => sql.query('select status, count(*) from orders group by status')],
  ];
  const lines: string[][] = [];
  for (const [name, read] of reads) {
    const taken: number[] = [];
    for (let n = 0; n < 10; n += 1) await read();
    for (let n = 0; n < (name.includes('full count') ? Math.min(times, 10) : times); n += 1) {
      const begun = performance.now();
      await read();
      taken.push(performance.now() - begun);
    }
    lines.push([name, ...[0.5, 0.95].map((part) => quantile(taken, part)!.toFixed(1))]);
  }
  await sql.end();
  return textTable([`${rows} orders, ms`, 'p50', 'p95'], lines);
}
