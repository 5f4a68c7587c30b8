import { readFileSync } from 'node:fs';
import { defaultDataConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, it } from 'vitest';
import { storyOf } from '../../src/api/history/story.js';

/** The ledger of an order in the committed histories: the step of each payment, and the balance after it. */
async function ledgerOf(name: string): Promise<(string | number | undefined)[][]> {
  const history = historyFromJSON(JSON.parse(readFileSync(`test/replay/histories/v2/${name}.json`, 'utf8')));
  const story = await storyOf(history, 'ord_1', defaultDataConverter);
  return story.flatMap(({ step, balance }) => (balance ? [[step?.replace(/:.*/, ''), ...Object.values(balance)]] : []));
}

it('the history of an order is its ledger: short calls', async () => {
  expect(await ledgerOf('completed-two-parcels')).toEqual([
    ['authorizePayment', 2990, 0, 0],
    ['capturePayment', 1495, 1495, 0],
    ['capturePayment', 0, 2990, 0],
    ['completeOrder', 0, 2990, 0],
  ]);
});

it('the history of an order is its ledger: money that goes back', async () => {
  const ledger = await ledgerOf('cancelled-returned-to-sender');
  expect(ledger).toContainEqual(['authorizePayment', 2990, 0, 0]);
  expect(ledger.at(-1)).toEqual(['signForDelivery', 0, 2990, 2990]);
});

it('the history of an order is its ledger: a queued call', async () => {
  const [[, ...first] = []] = await ledgerOf('completed-paid-later-by-customer');
  expect(first).toEqual([2990, 0, 0]);
});
