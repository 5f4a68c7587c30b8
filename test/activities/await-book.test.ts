import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { ordersActivities, type OwnPublication } from '../../activities/orders.js';
import type { OrderView } from '../../contracts/order.js';
import type { OrdersClient } from '../../services/orders/client.js';
import { Fault, UnexpectedRejection } from '../../services/support/client.js';

const position = { runId: 'r-1', length: 9, at: 1, seq: 2 };
const ofAnOrder = { position, fingerprint: 'f', view: { id: 'ord_1' } as OrderView };
const ofReturns = { orderId: 'ord_1', position, returns: [] };
const nobody: OwnPublication = () => Promise.resolve(undefined);

/** What the activity asks of the book, in turn. */
async function asksOf(ownPublication: OwnPublication, fails: Record<string, Error> = {}): Promise<string[]> {
  const asked: string[] = [];
  const call = (name: string) => () => {
    asked.push(name);
    return fails[name] ? Promise.reject(fails[name]) : Promise.resolve({ revision: 1 });
  };
  const client = Object.fromEntries(['listChanges', 'publish', 'publishReturns'].map((name) => [name, call(name)]));
  const { awaitBook } = ordersActivities(client as unknown as OrdersClient, ownPublication);
  await new MockActivityEnvironment().run(awaitBook);
  return asked;
}

it('ends when the book has what the run shows', async () => {
  expect(await asksOf(() => Promise.resolve(ofAnOrder))).toEqual(['listChanges', 'publish']);
  expect(await asksOf(() => Promise.resolve(ofReturns))).toEqual(['listChanges', 'publishReturns']);
});

it('ends when the book answers, where the run cannot be asked', async () => {
  expect(await asksOf(nobody)).toEqual(['listChanges']);
});

it('ends when the book refuses what the run shows: the run publishes again by itself', async () => {
  const refused = { publish: new UnexpectedRejection('orders', 'publish', 'it is too large', 413) };
  expect(await asksOf(() => Promise.resolve(ofAnOrder), refused)).toEqual(['listChanges', 'publish']);
});

it('goes on while the book does not answer, or no worker answers for the run', async () => {
  const away = new Fault('orders', 'publish', 'no answer');
  await expect(asksOf(nobody, { listChanges: away })).rejects.toBe(away);
  await expect(asksOf(() => Promise.resolve(ofAnOrder), { publish: away })).rejects.toBe(away);
  const noWorker = new Error('no worker');
  await expect(asksOf(() => Promise.reject(noWorker))).rejects.toBe(noWorker);
});
