import { cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import type { BulkCommand } from '../contracts/bulk.schema.js';
import { defined } from '../contracts/defined.js';
import type { OrdersClient } from '../services/orders/client.js';

/** A command as an order's run takes it. */
export interface SentCommand {
  orderId: string;
  /** The name of the Update. */
  command: string;
  body: object;
  /** The name of the key that the command is sent for. */
  by: string;
  /** The same id again does not make the order take the command twice. */
  id: string;
}

/** What became of a command. */
export interface SendResult {
  /** Failed: the order has not processed it, and may still do so. */
  result: 'done' | 'refused' | 'failed';
  code?: string;
  message?: string;
}

/**
 * Sends a command to the run of an order.
 *
 * @throws while Temporal does not answer.
 */
export type SendCommand = (command: SentCommand) => Promise<SendResult>;

interface BulkPace {
  ordersAPage: number;
  ordersASecond: number;
}

/** A page takes two seconds, so a stop takes effect within about that. */
const bulkPace: BulkPace = { ordersAPage: 100, ordersASecond: 50 };
const atOnce = 10;
/** Results are stored for so many orders at a time: a page that is sent again after a crash asks fewer orders again. */
const storeEvery = 10;

type BulkClient = Pick<OrdersClient, 'takeBulkPage' | 'settleBulkOrders'>;
type Order = Awaited<ReturnType<OrdersClient['takeBulkPage']>>['orders'][number];

/** The activity of bulks: it sends one command to a page of orders. */
export function bulkActivities(client: BulkClient, send: SendCommand, pace = bulkPace) {
  return {
    /** Returns whether there may be more to send. */
    sendBulkPage: async ({ bulkId }: { bulkId: string }): Promise<boolean> => {
      const signal = cancellationSignal();
      const params = { bulkId };
      const { by, command, orders } = await client.takeBulkPage({ params, body: { limit: pace.ordersAPage }, signal });
      const unstored: ({ orderId: string } & SendResult)[] = [];
      const store = async (least: number) => {
        if (unstored.length < least) return;
        const results = unstored.splice(0);
        await client.settleBulkOrders({ params, body: { results }, signal });
      };
      /** @returns the orders that have not processed it. */
      const sendTo = async (some: readonly Order[], isLastTime: boolean): Promise<Order[]> => {
        const late: Order[] = [];
        const began = Date.now();
        const queue = some.entries();
        const sendSome = async () => {
          for (const [index, order] of queue) {
            await sleep(Math.max(0, began + (index * 1000) / pace.ordersASecond - Date.now()));
            const { orderId } = order;
            const result = await send({ orderId, by, id: `bulk:${bulkId}`, ...updateOf(command, order) });
            heartbeat();
            if (result.result === 'failed' && !isLastTime) late.push(order);
            else unstored.push({ orderId, ...result });
            await store(storeEvery);
          }
        };
        await Promise.all(Array.from({ length: atOnce }, sendSome));
        return late;
      };
      // A busy worker processes a command late, and mostly has by the end of the page. The id makes it the same command.
      await sendTo(await sendTo(orders, false), true);
      await store(1);
      return orders.length > 0;
    },
  };
}
export type BulkActivities = ReturnType<typeof bulkActivities>;

function updateOf(command: BulkCommand, { step }: Order): Pick<SentCommand, 'command' | 'body'> {
  switch (command.action) {
    case 'cancel':
      return { command: 'cancel', body: defined({ reason: command.reason }) };
    case 'review':
      return { command: 'review', body: { decision: command.decision, ...defined({ note: command.note }) } };
    case 'decision':
      return { command: 'decision', body: { decision: command.decision } };
    default:
      return { command: 'resolve', body: { action: command.action, step: step ?? '' } };
  }
}
