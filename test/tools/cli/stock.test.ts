import { expect, it } from 'vitest';
import type { Http } from '../../../tools/cli/http.js';
import type { OrderPlan } from '../../../tools/cli/import/plan.js';
import { readInventory } from '../../../tools/cli/import/stock.js';

const plan = { reference: 'r-1', stock: [{ sku: 'mug', warehouse: 'east', quantity: 1 }] } as unknown as OrderPlan;

/** An inventory that reserves its one piece after the given number of answers. */
function moving(after: number): Http {
  let answers = 0;
  const send = (_part: string, _method: string, path: string) => {
    const reserved = (answers += 1) > after ? 1 : 0;
    const body = path.startsWith('/v1/stock')
      ? { warehouses: [{ warehouse: 'east', available: 5 - reserved, reserved, committed: 0 }] }
      : { items: reserved ? [{ sku: 'mug', quantity: 1, restocked: 0, state: 'reserved' }] : [], nextCursor: null };
    return Promise.resolve({ status: 200, body });
  };
  return { send, once: send } as unknown as Http;
}

it.each([0, 1, 2, 3, 4, 9])(
  'levels and reservations are of the same moment when they change after %i answers',
  async (after) => {
    const { levels, reservations } = await readInventory(moving(after), 'demo', [plan]);
    const held = [...reservations.values()].flat().length;
    expect(levels.get('mug')).toMatchObject([{ available: 5 - held, reserved: held }]);
  },
);

it('the last read counts when they never stop changing', async () => {
  let available = 1000;
  const send = (_part: string, _method: string, path: string) =>
    Promise.resolve({
      status: 200,
      body: path.startsWith('/v1/stock')
        ? { warehouses: [{ warehouse: 'east', available: (available -= 1), reserved: 0, committed: 0 }] }
        : { items: [], nextCursor: null },
    });
  const http = { send, once: send } as unknown as Http;
  expect((await readInventory(http, 'demo', [plan], 20)).levels.get('mug')![0]!.available).toBe(available);
});
