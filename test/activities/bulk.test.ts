import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { bulkActivities, type SentCommand, type SendResult } from '../../activities/bulk.js';
import type { OrdersClient } from '../../services/orders/client.js';

const late: SendResult = {
  result: 'failed',
  code: 'not_processed_yet',
  message: 'The order has not processed this yet',
};
const fast = { ordersAPage: 100, ordersASecond: 10_000 };

/** Sends one page to these orders, each of which answers as listed, one answer after the other. */
async function sendPage(answers: Record<string, SendResult[]>) {
  const sent: SentCommand[] = [];
  const settled: ({ orderId: string } & SendResult)[] = [];
  const orders = Object.keys(answers).map((orderId) => ({ orderId, step: 'authorizePayment' }));
  const client = {
    takeBulkPage: () => Promise.resolve({ by: 'demo-operator', command: { action: 'retry' }, orders }),
    settleBulkOrders: ({ body }: { body: { results: typeof settled } }) => {
      settled.push(...body.results);
      return Promise.resolve({});
    },
  } as unknown as OrdersClient;
  const send = (command: SentCommand) => {
    sent.push(command);
    return Promise.resolve(answers[command.orderId]!.shift()!);
  };
  const { sendBulkPage } = bulkActivities(client, send, fast);
  await new MockActivityEnvironment().run(sendBulkPage, { bulkId: 'bulk_1' });
  return { sent, settled };
}

it('an order that processes the command late is asked once more with the same id, and has one result', async () => {
  const refused: SendResult = { result: 'refused', code: 'wrong_status', message: 'It has changed' };
  const { sent, settled } = await sendPage({
    ord_1: [{ result: 'done' }],
    ord_2: [late, { result: 'done' }],
    ord_3: [late, refused],
    ord_4: [late, late],
    ord_5: [refused],
  });
  expect(settled.toSorted((a, b) => a.orderId.localeCompare(b.orderId))).toEqual([
    { orderId: 'ord_1', result: 'done' },
    { orderId: 'ord_2', result: 'done' },
    { orderId: 'ord_3', ...refused },
    { orderId: 'ord_4', ...late },
    { orderId: 'ord_5', ...refused },
  ]);
  const asked = sent.map(({ orderId }) => orderId).toSorted();
  expect(asked).toEqual(['ord_1', 'ord_2', 'ord_2', 'ord_3', 'ord_3', 'ord_4', 'ord_4', 'ord_5']);
  expect(new Set(sent.map(({ id, command }) => `${id} ${command}`))).toEqual(new Set(['bulk:bulk_1 resolve']));
});
