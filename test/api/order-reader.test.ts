import type { WorkflowExecutionDescription } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { OrderView } from '../../contracts/order.js';
import type { BookEntry } from '../../services/orders/contract.js';
import type { OrderBook } from '../../src/api/book/order-book.js';
import { OrderReader } from '../../src/api/orders/order-reader.js';
import type { OrderRuns } from '../../src/api/runs/order-runs.js';
import { activityTable } from '../activities/table.js';

const completed = (updatedAt: string): OrderView => ({
  ...(activityTable['orders.load']!.answer as { view: OrderView }).view,
  id: 'ord_1',
  possible: ['return'],
  updatedAt,
});
const run = (name: string) => ({ status: { name }, raw: {} }) as unknown as WorkflowExecutionDescription;

/** A reader whose first answer was from the run, some milliseconds newer than what the book has. Nobody can read the order's returns. */
async function readerThatIsAhead(returnsRun: string): Promise<OrderReader> {
  let isReachable = false;
  const entry = { change: 7, view: completed('2026-01-05T09:00:00.000Z') } as BookEntry;
  let returns: unknown[] | undefined = [];
  const book = { lookUp: () => Promise.resolve(isReachable ? { entry, isReachable } : { isReachable }) };
  const runs = {
    describe: () => Promise.resolve(run('COMPLETED')),
    describeReturns: () => Promise.resolve(run(returnsRun)),
    view: () => Promise.resolve(completed('2026-01-05T09:00:00.005Z')),
    latePayments: () => Promise.resolve([]),
    returns: () => Promise.resolve(returns),
  };
  const reader = new OrderReader(book as unknown as OrderBook, runs as unknown as OrderRuns);
  expect((await reader.findAny('ord_1'))?.change).toBe(0);
  isReachable = true;
  returns = undefined;
  return reader;
}

it.each(['COMPLETED', 'FAILED'])(
  'a run of returns that is %s has published all: the book is up to date',
  async (name) => {
    const reader = await readerThatIsAhead(name);
    expect((await reader.findAny('ord_1'))?.change).toBe(7);
  },
);

it('a run of returns that is open may know more than the book', async () => {
  const reader = await readerThatIsAhead('RUNNING');
  await expect(reader.findAny('ord_1')).rejects.toMatchObject({ code: 'temporal_unavailable' });
});
