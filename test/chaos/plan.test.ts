import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chaos } from '../../tools/chaos/run.js';
import { CallFaults, routeOf, type Call } from '../../tools/chaos/call-faults.js';
import { actKinds, callKinds, Fired, faultKinds, readKinds } from '../../tools/chaos/kinds.js';
import { planLives } from '../../tools/chaos/people/lives.js';
import { planOf } from '../../tools/chaos/plan.js';

function rounds(seed: number, count: number) {
  const acts = [];
  for (const { round, act } of planOf(seed, faultKinds)) {
    if (round > count) break;
    acts.push(act);
  }
  return acts;
}

it('a seed gives the same acts each time, and another seed gives others', () => {
  expect(rounds(7, 3)).toEqual(rounds(7, 3));
  expect(rounds(7, 3)).not.toEqual(rounds(8, 3));
});

it('each round has every kind of act', () => {
  for (const seed of [1, 2, 3]) {
    const kinds = rounds(seed, 1).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(actKinds));
  }
});

it('without kinds of acts there is no act', () => {
  expect([...planOf(1, ['reset', 'webhook-late'])]).toEqual([]);
});

it('a seed gives the same orders each time: half real ones at most, and every way of the made-up ones', () => {
  const file = 'test/fixtures/real-orders-25.csv';
  const log = readFileSync(file, 'utf8');
  const names = (seed: number) =>
    planLives(seed, 100, log, file).map(({ reference, way }) => `${reference} ${way.name}`);
  expect(names(1)).toEqual(names(1));
  expect(names(1)).not.toEqual(names(2));
  const lives = planLives(1, 100, log, file);
  expect(lives.filter(({ plan }) => plan)).toHaveLength(25);
  const madeUp = lives.filter(({ plan }) => !plan).map(({ way }) => way.name);
  expect([...new Set(madeUp)].length).toBeGreaterThan(30);
});

const calls: Call[] = Array.from({ length: 4_000 }, (_, i) => ({
  service: i % 2 === 0 ? 'payment' : 'inventory',
  method: 'POST',
  path: i % 4 < 2 ? `/v1/payments/ord_${i}ABC/captures` : '/v1/reservations',
  key: `ord_${i}ABC:step`,
}));

it('the same calls meet faults each time; every route meets every kind', () => {
  const meet = (list: readonly Call[]) => {
    const faults = new CallFaults(1, new Fired(faultKinds));
    faults.active = true;
    const met = list.filter((call) => faults.of(call)).map(({ key }) => key);
    return { met: new Set(met), routes: faults.routes() };
  };
  const { met, routes } = meet(calls);
  // The order in which the calls come decides the kind, not whether there is a fault.
  expect(meet([...calls].reverse()).met).toEqual(met);
  expect(met.size).toBeGreaterThan(100);
  expect(routes.map(({ kinds }) => kinds)).toEqual(routes.map(() => callKinds.length));
  expect(routes.map(({ route }) => route)).toContain('payment POST /v1/payments/:id/captures');
});

it('reads meet no faults, and nothing does before the faults begin', () => {
  const faults = new CallFaults(1, new Fired(faultKinds));
  expect(calls.some((call) => faults.of(call))).toBe(false);
  faults.active = true;
  expect(calls.some((call) => faults.of({ ...call, method: 'GET' }))).toBe(false);
});

it('a route leaves out ids', () => {
  const call = { service: 'shipping', method: 'POST', key: '' } as const;
  expect(routeOf({ ...call, path: '/v1/shipments/ord_3ABC-east-2/cancel?a=1' })).toBe(
    'shipping POST /v1/shipments/:id/cancel',
  );
});

it('--fault takes kinds and groups, and says what there is', () => {
  expect(readKinds('call, kill-worker')).toEqual(['kill-worker', ...callKinds]);
  expect(readKinds(undefined)).toEqual(faultKinds);
  expect(() => readKinds('fire')).toThrow(/no "fire"; allowed: kill, call, webhook, kill-worker/);
});

it('starts nothing for a log that cannot be read, or an outcome that cannot be written', async () => {
  const options = { orders: 1, minutes: 1, seed: 1, kinds: faultKinds, least: 1, keep: false };
  const log = 'test/fixtures/real-orders-25.csv';
  await expect(chaos({ ...options, log: 'nowhere.csv' })).rejects.toThrow(
    'cannot read nowhere.csv: there is no such file; give the path of an order log (CSV)',
  );
  await expect(chaos({ ...options, log: 'package.json' })).rejects.toThrow('package.json');
  await expect(chaos({ ...options, log, json: 'nowhere/outcome.json' })).rejects.toThrow(
    '--json nowhere/outcome.json: the folder nowhere does not exist or cannot be written to',
  );
});
