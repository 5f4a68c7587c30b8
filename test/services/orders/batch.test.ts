import { expect, it } from 'vitest';
import { Batch } from '../../../services/orders/batch.js';

/** Runs that end when the test says so. */
function held() {
  const runs: { items: number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const run = (items: number[]) =>
    new Promise<number[]>((resolve, reject) => {
      runs.push({ items, end: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  return { runs, run };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs a single call at once, and groups calls that arrive meanwhile into the next batch', async () => {
  const { runs, run } = held();
  const batch = new Batch(run, () => false, 64);
  const answers = [1, 2, 3].map((item) => batch.add(item));
  expect(runs.map(({ items }) => items)).toEqual([[1]]);
  runs[0]?.end();
  await settled();
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  runs[1]?.end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

it('runs each call alone when one of them causes the error, so that only that one fails', async () => {
  const fault = new Error('two');
  const run = (items: number[]) => (items.includes(2) ? Promise.reject(fault) : Promise.resolve(items));
  const batch = new Batch(run, (error) => error === fault, 64);
  const answers = await Promise.allSettled([1, 2, 3].map((item) => batch.add(item)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('fails the whole batch when no call causes the error, and continues with the next batch', async () => {
  const { runs, run } = held();
  const batch = new Batch(run, () => false, 64);
  const first = batch.add(0);
  const answers = Promise.allSettled([batch.add(1), batch.add(2)]);
  runs[0]?.end();
  await first;
  await settled();
  runs[1]?.fail(new Error('no database'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = batch.add(4);
  expect(runs.map(({ items }) => items)).toEqual([[0], [1, 2], [4]]);
  runs[2]?.end();
  expect(await next).toBe(40);
});
