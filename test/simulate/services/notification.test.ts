import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NotificationClient } from '../../../services/notification/client.js';
import type { notificationContract } from '../../../services/notification/contract.js';
import { notificationService } from '../../../services/notification/service.js';
import { servicesInMemory } from '../../../tools/simulate/services/index.js';
import { startForTest, type ServiceUnderTest } from '../../services/support/start.js';
import { outcomeOf, settings } from './both.js';

let service: ServiceUnderTest<typeof notificationContract>;
beforeAll(async () => {
  service = await startForTest(notificationService());
});
afterAll(() => service?.stop());

const action = fc.record({
  key: fc.integer({ min: 0, max: 4 }),
  event: fc.constantFrom('confirmed', 'shipped', 'shipped'),
  subject: fc.constantFrom('s1', 's2', undefined),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function make(client: NotificationClient, orderId: string, { key, event, subject }: Action): Promise<unknown> {
  const body = { orderId, event, ...(subject === undefined ? {} : { subject }) };
  return client.notify({ key: `${orderId}:${key}`, body });
}

it('notifies of each event once, as the real service', async () => {
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 15 }), async (all) => {
      const orderId = `order-${cases++}`;
      const { client } = servicesInMemory({ now: Date.now, wait: () => Promise.resolve() }).notification;
      for (const one of all) {
        const expected = await outcomeOf(make(service.client, orderId, one));
        expect(await outcomeOf(make(client, orderId, one))).toEqual(expected);
      }
      expect(await listed(client, orderId)).toEqual(await listed(service.client, orderId));
    }),
    settings,
  );
}, 120_000);

/** The outbox of the real service may have sent some by now. */
async function listed(client: NotificationClient, orderId: string) {
  const { items } = await client.listNotifications({ query: { orderId } });
  return items.map(({ event, subject, channel }) => ({ event, subject, channel }));
}
