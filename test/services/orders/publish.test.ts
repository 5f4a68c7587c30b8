import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../contracts/order.js';
import type { OrderPublication, Position } from '../../../contracts/publication.js';
import { compose } from '../../../services/orders/compose.js';
import type { OrdersClient } from '../../../services/orders/client.js';
import { startBook, type TestBook } from './book.js';
import { deliveredView, orderView, position, publication, returnView } from './views.js';
import { shareOf } from '../../support/share.js';

let book: TestBook;
let client: OrdersClient;
beforeAll(async () => {
  book = await startBook();
  client = book.client;
});
afterAll(() => book.close());

const publish = (view: OrderView, at: Partial<Position> = {}) =>
  client.publish({ params: { orderId: view.id }, body: publication(view, at) });
const publishReturns = (orderId: string, returns: OrderView['returns'], at: Partial<Position> = {}) =>
  client.publishReturns({
    params: { orderId },
    body: { position: position({ runId: 'returns-run-1', ...at }), returns },
  });
const read = (orderId: string) => client.getOrder({ params: { orderId } });
const freshId = () => `ord_${randomUUID()}`;

describe('the view of a run', () => {
  it('is stored with its revision and fingerprint, and keeps the order of its fields', async () => {
    const view = orderView({ id: freshId(), metadata: { b: '1', a: 'Ä 漢 "quoted" \\ {x},' } });
    expect(await publish(view)).toEqual({ revision: 1 });
    const entry = await read(view.id);
    expect(entry).toMatchObject({ fingerprint: 'f-1', view: { ...view, revision: 1 } });
    expect(JSON.stringify(entry.view)).toBe(JSON.stringify({ ...view, revision: 1 }));
  });

  it.each([
    ['a longer history', { length: 9, at: 1, seq: 1 }, true],
    ['a shorter history, though written later', { length: 4, at: 99, seq: 99 }, false],
    ['the same task done again later', { length: 5, at: 11, seq: 1 }, true],
    ['the same task, written earlier', { length: 5, at: 9, seq: 9 }, false],
    ['the next writing of a task', { length: 5, at: 10, seq: 6 }, true],
    ['an earlier writing of a task', { length: 5, at: 10, seq: 4 }, false],
    ['the very same', { length: 5, at: 10, seq: 5 }, false],
  ])('is replaced only by a newer view: %s: %o', async (_case, at, newer) => {
    const id = freshId();
    await publish(orderView({ id }), { length: 5, at: 10, seq: 5 });
    const before = await read(id);
    expect(await publish(orderView({ id, status: 'confirmed' }), at)).toEqual({ revision: newer ? 2 : 1 });
    const after = await read(id);
    expect(after.view.status).toBe(newer ? 'confirmed' : 'placed');
    expect(after.change > before.change).toBe(newer);
  });

  it('is replaced by the view of a later run; views of the earlier run are then ignored', async () => {
    const id = freshId();
    await publish(orderView({ id, status: 'shipping' }), { runId: 'run-1', length: 500 });
    await publish(orderView({ id, status: 'confirmed' }), { runId: 'run-2', length: 3 });
    await publish(orderView({ id, status: 'completed' }), { runId: 'run-1', length: 900 });
    expect((await read(id)).view).toMatchObject({ status: 'confirmed', revision: 2 });
    await publish(orderView({ id, status: 'placed' }), { runId: 'run-3', length: 1 });
    expect((await read(id)).view).toMatchObject({ status: 'placed', revision: 3 });
  });

  it('of an ended run is ignored when it arrives late, also as the first one of that run', async () => {
    const id = freshId();
    await publish(orderView({ id, status: 'cancelled' }), { runId: 'run-2', length: 3, at: 20 });
    expect(await publish(orderView({ id, status: 'placed' }), { runId: 'run-1', length: 3, at: 19 })).toEqual({
      revision: 1,
    });
    expect((await read(id)).view).toMatchObject({ status: 'cancelled', revision: 1 });
    await publish(orderView({ id, status: 'confirmed' }), { runId: 'run-3', length: 1, at: 20 });
    expect((await read(id)).view).toMatchObject({ status: 'confirmed', revision: 2 });
  });

  it('continues the revisions of a book that was lost', async () => {
    const view = orderView({ id: freshId(), revision: 8 });
    expect(await publish(view)).toEqual({ revision: 9 });
    expect((await read(view.id)).view.revision).toBe(9);
    const early = freshId();
    await publishReturns(early, [returnView()]);
    expect(await publish(deliveredView({ id: early, revision: 3 }))).toEqual({ revision: 4 });
  });

  it('is rejected if it belongs to another order, or an indexed field is invalid', async () => {
    const at = { params: { orderId: 'ord_other' } };
    await expect(client.publish({ ...at, body: publication(orderView({ id: 'ord_x' })) })).rejects.toMatchObject({
      status: 422,
    });
    const unfiled = { ...orderView({ id: 'ord_other' }), placedAt: 'yesterday' };
    await expect(client.publish({ ...at, body: publication(unfiled) })).rejects.toMatchObject({ status: 422 });
    await expect(read('ord_other')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is stored, even if the database rejects another one of the same moment', async () => {
    const ids = Array.from({ length: 20 }, freshId);
    // A time in the year 0 is valid in RFC 3339, but PostgreSQL does not accept it in this form.
    const results = await Promise.allSettled(
      ids.map((id, i) =>
        publish(orderView({ id, placedAt: i === 7 ? '0000-01-01T00:00:00Z' : '2026-01-01T10:00:00Z' })),
      ),
    );
    expect(results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7]);
  });
});

const runs = ['run-a', 'run-b'];
/** The second run starts when the first one has ended. */
const startOf = (run: string) => 10 * runs.indexOf(run);
const written = fc.record({
  length: fc.integer({ min: 1, max: 4 }),
  at: fc.integer({ min: 1, max: 3 }),
  seq: fc.integer({ min: 1, max: 3 }),
});
const place = ({ length, at, seq }: Omit<Position, 'runId'>) => length * 100 + at * 10 + seq;

describe('publications that arrive in any order, some of them twice', () => {
  const arrival = fc.record({ run: fc.constantFrom(...runs), at: written });
  const arrivalsOfRuns = fc.array(arrival, { minLength: 2, maxLength: 8 });
  const views = fc.uniqueArray(written, { selector: place, minLength: 1, maxLength: 6 });

  it('are generated with several views, and with an earlier run that publishes again', () => {
    expect(shareOf(views, (all) => all.length > 2)).toBeGreaterThan(0.3);
    const comesBack = (all: { run: string }[]) =>
      all.some(
        ({ run }, i) => i > 1 && all[i - 1]!.run !== run && all.slice(0, i).some((before) => before.run === run),
      );
    expect(shareOf(arrivalsOfRuns, comesBack)).toBeGreaterThan(0.3);
  });

  it('leave the newest view of the run and of its returns, and revisions only grow', async () => {
    const scenario = fc
      .record({
        order: views,
        returns: fc.uniqueArray(written, { selector: place, maxLength: 4 }),
      })
      .chain(({ order, returns }) => {
        const all = [
          ...order.map((at) => ({ kind: 'order' as const, at })),
          ...returns.map((at) => ({ kind: 'returns' as const, at })),
        ];
        return fc.record({
          order: fc.constant(order),
          returns: fc.constant(returns),
          arrivals: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
          together: fc.boolean(),
        });
      });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ order, returns, arrivals, together }) => {
        const id = freshId();
        const viewOf = (at: Omit<Position, 'runId'>) => deliveredView({ id, reference: `v${place(at)}` });
        const returnsOf = (at: Omit<Position, 'runId'>) => [returnView({ refunded: place(at) })];
        const send = ({ kind, at }: (typeof arrivals)[number]) =>
          kind === 'order' ? publish(viewOf(at), at) : publishReturns(id, returnsOf(at), at);

        const revisions: number[] = [];
        if (together) await Promise.all(arrivals.map(send));
        else for (const each of arrivals) revisions.push((await send(each)).revision);
        expect(revisions).toEqual([...revisions].sort((a, b) => a - b));

        const newest = <T extends Omit<Position, 'runId'>>(all: T[]) => all.toSorted((a, b) => place(b) - place(a))[0];
        const lastReturns = newest(returns);
        const { view } = await read(id);
        const expected = compose({
          view: viewOf(newest(order) as (typeof order)[number]),
          returns: lastReturns ? returnsOf(lastReturns) : [],
          returnsAt: lastReturns?.at ?? null,
          revision: view.revision,
        });
        expect(view).toEqual(expected);
        expect(view.revision).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it('of two runs leave the newest view of the later run', async () => {
    await fc.assert(
      fc.asyncProperty(arrivalsOfRuns, async (arrivals) => {
        const id = freshId();
        const sent: OrderPublication[] = arrivals.map(({ run, at }, i) =>
          publication(orderView({ id, reference: `v${i}` }), { ...at, at: startOf(run) + at.at, runId: run }),
        );
        for (const body of sent) await client.publish({ params: { orderId: id }, body });
        const lastRun = runs.findLast((run) => arrivals.some((each) => each.run === run));
        const best = sent
          .filter((each) => each.position.runId === lastRun)
          .reduce((a, b) => (place(b.position) > place(a.position) ? b : a));
        expect((await read(id)).view.reference).toBe(best.view.reference);
      }),
      { numRuns: 60 },
    );
  });
});

describe('returns', () => {
  it('that arrive before the order are stored, and hidden until it arrives', async () => {
    const id = freshId();
    const returns = [returnView({ refunded: 2990, lines: [{ sku: 'mug', quantity: 2 }] })];
    expect(await publishReturns(id, returns)).toEqual({ revision: 0 });
    await expect(read(id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.listOrders({ query: { limit: 200 } })).items.map((view) => view.id)).not.toContain(id);

    expect(await publish(deliveredView({ id }))).toEqual({ revision: 1 });
    expect((await read(id)).view).toMatchObject({
      returns,
      payment: { status: 'refunded', captured: 2990, refunded: 2990 },
      possible: [],
    });
  });

  it('appear in every read, with a new revision and change number', async () => {
    const id = freshId();
    const shopId = id.slice(0, 30);
    await publish(deliveredView({ id, shopId }));
    const before = await read(id);
    expect(await publishReturns(id, [returnView({ refunded: 100 })])).toEqual({ revision: 2 });
    const after = await read(id);
    expect(after.change).toBeGreaterThan(before.change);
    expect(after.view.payment).toMatchObject({ status: 'partially_refunded', refunded: 100 });
    const listed = await client.listOrders({ query: { shopId } });
    const changed = await client.listChanges({ query: { shopId, after: before.change } });
    expect(listed.items).toEqual([after.view]);
    expect(changed.items).toEqual([after]);
  });

  it('are kept when a later run publishes other returns, or none', async () => {
    const id = freshId();
    await publish(deliveredView({ id }));
    const closed = returnView({ status: 'closed', refunded: 100 });
    await publishReturns(id, [closed], { runId: 'returns-1', length: 50 });
    expect(await publishReturns(id, [], { runId: 'returns-2', length: 3 })).toEqual({ revision: 2 });
    expect((await read(id)).view).toMatchObject({ returns: [closed], revision: 2, payment: { refunded: 100 } });
    const other = returnView({ id: 'ret_2' });
    await publishReturns(id, [other], { runId: 'returns-2', length: 5 });
    expect((await read(id)).view).toMatchObject({ returns: [closed, other], revision: 3 });
    expect(await publishReturns('ord_of_nobody', [])).toEqual({ revision: 0 });
  });

  it('each have their newest state, whatever order they arrive in', async () => {
    const names = ['ret_a', 'ret_b', 'ret_c'];
    const told = fc.record({ run: fc.constantFrom(...runs), at: written, of: fc.shuffledSubarray(names) });
    const each = fc.uniqueArray(told, { selector: ({ run, at }) => `${run} ${place(at)}`, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(each, async (publications) => {
        const id = freshId();
        await publish(deliveredView({ id }));
        const sent = publications.map(({ run, at, of }, i) => ({
          run,
          at,
          returns: of.map((name) => returnView({ id: name, reason: `v${i}` })),
        }));
        for (const { run, at, returns } of sent) {
          await publishReturns(id, returns, { ...at, at: startOf(run) + at.at, runId: run });
        }
        const rank = ({ run, at }: (typeof sent)[number]) => runs.indexOf(run) * 1000 + place(at);
        const first = [...new Set(sent.flatMap(({ returns }) => returns.map((back) => back.id)))];
        const newest = first.map((name) =>
          sent
            .filter(({ returns }) => returns.some((back) => back.id === name))
            .toSorted((a, b) => rank(b) - rank(a))[0]!
            .returns.find((back) => back.id === name),
        );
        expect((await read(id)).view.returns).toEqual(newest);
      }),
      { numRuns: 60 },
    );
  });

  it('of a later run replace those of the earlier run', async () => {
    const id = freshId();
    await publish(deliveredView({ id }));
    await publishReturns(id, [returnView()], { runId: 'returns-1', length: 50 });
    const both = [returnView({ status: 'closed' }), returnView({ id: 'ret_2' })];
    await publishReturns(id, both, { runId: 'returns-2', length: 3 });
    await publishReturns(id, [], { runId: 'returns-1', length: 90 });
    expect((await read(id)).view.returns).toEqual(both);
  });
});
