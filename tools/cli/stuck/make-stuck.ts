import pMap from 'p-map';
import type { OrderView, PlaceOrder } from '../../../contracts/order.js';
import type { ServiceName } from '../../../src/config/index.js';
import type { System } from '../../local/system.js';
import { keyOf } from '../find-system.js';
import { httpTo, type Http } from '../http.js';

/** The services that fail, one after the other. With each, orders get stuck at another step. */
export const faults = ['inventory', 'payment', 'shipping'] as const satisfies readonly ServiceName[];
export type Fault = (typeof faults)[number];

/** A system with this environment has orders stuck soon after a service has gone. */
export const stuckEnvironment = { STEP_RETRY_BUDGET: '1s' };

const patienceMs = 120_000;
const lookEveryMs = 500;
const placedAtOnce = 20;

interface Options {
  /** How many orders get stuck, in equal parts by each fault. */
  orders: number;
  onStuck?: (orders: number) => void;
}

/**
 * Makes orders that are really stuck: stops a service, places orders until their calls have failed for longer than the retry budget, starts
 * the service again, and goes on with the next one. Then each of them waits for an operator, and a retry succeeds.
 *
 * @returns the ids of the orders by the service that failed them.
 */
export async function makeStuck(
  system: System,
  { orders, onStuck = () => undefined }: Options,
): Promise<Record<Fault, string[]>> {
  const http = httpTo({ url: (part) => system.urls[part], serviceToken: () => system.config.serviceToken }, patienceMs);
  const ids: Record<Fault, string[]> = { inventory: [], payment: [], shipping: [] };
  for (const [index, fault] of faults.entries()) {
    await system.stopPart(fault);
    const count = Math.floor(((index + 1) * orders) / faults.length) - Math.floor((index * orders) / faults.length);
    ids[fault] = await pMap(
      Array.from({ length: count }, (_, n) => `${fault}-${n}`),
      (name) => place(http, system, name),
      { concurrency: placedAtOnce },
    );
    const before = index === 0 ? 0 : faults.slice(0, index).reduce((sum, each) => sum + ids[each].length, 0);
    for (let stuck = 0; stuck < count;) {
      stuck = await countStuck(http, system, fault);
      onStuck(before + stuck);
      if (stuck < count) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    await system.startPart(fault);
  }
  return ids;
}

/** Goes no further than `confirmed`: the carrier is not the simulated one. */
const order: PlaceOrder = {
  customerId: 'stuck',
  currency: 'EUR',
  lines: [{ sku: 'mug', quantity: 1, unitPrice: 1250 }],
  shippingFee: 490,
  payment: { method: 'card', token: 'tok_ok' },
  shippingAddress: { name: 'Ada Example', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' },
  carrier: 'external',
};

async function place(http: Http, { config }: System, name: string): Promise<string> {
  const { body } = await http.send<OrderView>('api', 'POST', '/v1/orders', {
    headers: { authorization: `Bearer ${keyOf(config, 'shop').key}`, 'idempotency-key': `stuck-${name}` },
    // The screening adds up what one customer orders in a day.
    body: { ...order, customerId: `c-${name}` },
  });
  return body.id;
}

/** What this reads of GET /v1/trouble. */
interface Trouble {
  items: { kind: 'stuck' | 'overdue'; service: string | null; orders: number }[];
}

async function countStuck(http: Http, { config }: System, fault: Fault): Promise<number> {
  const headers = { authorization: `Bearer ${keyOf(config, 'operator').key}` };
  const { body } = await http.send<Trouble>('api', 'GET', '/v1/trouble', { headers });
  const groups = body.items.filter(({ kind, service }) => kind === 'stuck' && service === fault);
  return groups.reduce((sum, group) => sum + group.orders, 0);
}
