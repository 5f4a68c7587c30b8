import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { request } from 'undici';
import type { OrderView } from '../../contracts/order.js';
import { shops, type Checkout } from '../checkout.js';
import { say } from '../progress.js';
import { figure, type Table } from '../report/table.js';
import { quantile } from '../statistics.js';
import { orderOf, Shop } from '../variants/shop.js';
import { measureEach } from './each-checkout.js';

interface Overload {
  checkout: string;
  /** Orders a second that the system confirms, and that were sent. */
  capacity: number;
  offered: number;
  sent: number;
  /** Answers by status. */
  accepted: number;
  rateLimited: number;
  overloaded: number;
  /** Answers with another status, refusals without Retry-After, and requests without an answer. */
  wrong: number;
  answerP95Ms: number;
  /** Accepted orders that were confirmed in the end. */
  confirmed: number;
  /** How long an order took to be confirmed before the overload. */
  quietMs: number;
  /** How long after the overload an order took at most twice as long: of the shop that sent it, and of another one. */
  recoveredS: { sender: number; other: number };
}

const times = 3;
const inFlight = 20;
const measuredMs = 20_000;

/** A shop sends three times as many orders as the system can process, at the default limits. */
export const measureOverload = measureEach((checkout, { overload }) => flood(checkout, overload), tableOf);

async function flood(checkout: Checkout, seconds: number): Promise<Overload> {
  const [first, second] = await Promise.all([Shop.open(checkout, shops.first), Shop.open(checkout, shops.second)]);
  try {
    say(`${checkout.name}: warming, then ${measuredMs / 1000} s with ${inFlight} orders in flight`);
    await first.warmUp();
    const capacity = await capacityOf(first);
    const quietMs = quantile([await confirm(second), await confirm(second), await confirm(second)], 0.5)!;
    const offered = times * capacity;
    say(
      `${checkout.name}: ${figure(capacity, 1)} orders a second are confirmed; ${seconds} s with ${figure(offered, 1)}`,
    );
    const answers: Promise<Answer>[] = [];
    const began = performance.now();
    for (let late = 0; performance.now() - began < seconds * 1000; late = began + (answers.length * 1000) / offered) {
      if (late > performance.now()) await sleep(late - performance.now());
      answers.push(place(checkout));
    }
    const answered = await Promise.all(answers);
    const ended = performance.now();
    const accepted = answered.filter(({ status }) => status === 201);
    say(`${checkout.name}: ${accepted.length} of ${answered.length} orders were accepted`);
    const [sender, other] = await Promise.all([recovery(first, quietMs, ended), recovery(second, quietMs, ended)]);
    const confirmed = (await pMap(accepted, ({ view }) => isConfirmed(first, view!.id), { concurrency: 10 })).filter(
      Boolean,
    );
    const of = (status: number) => answered.filter((each) => each.status === status && each.isRight).length;
    return {
      checkout: checkout.name,
      capacity,
      offered,
      sent: answered.length,
      accepted: accepted.length,
      rateLimited: of(429),
      overloaded: of(503),
      wrong: answered.length - accepted.length - of(429) - of(503),
      answerP95Ms: quantile(
        answered.map(({ ms }) => ms),
        0.95,
      )!,
      confirmed: confirmed.length,
      quietMs,
      recoveredS: { sender, other },
    };
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

interface Answer {
  /** 0: none. */
  status: number;
  /** A refusal says when to come again. */
  isRight: boolean;
  view?: OrderView;
  ms: number;
}

let placed = 0;

/** Places an order once, as a caller does that does not wait for the answers before. */
async function place({ system }: Checkout): Promise<Answer> {
  const start = performance.now();
  const ms = () => performance.now() - start;
  try {
    const { statusCode, headers, body } = await request(`${system.url('api')}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${shops.first.key}`,
        'idempotency-key': `overload-${process.pid}-${(placed += 1)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(orderOf(1)),
    });
    const view = (await body.json()) as OrderView;
    if (statusCode === 201) return { status: statusCode, isRight: true, view, ms: ms() };
    return { status: statusCode, isRight: Number(headers['retry-after']) > 0, ms: ms() };
  } catch {
    return { status: 0, isRight: false, ms: ms() };
  }
}

/** @returns how many orders a second are confirmed while some are always in flight. */
async function capacityOf(shop: Shop): Promise<number> {
  let confirmed = 0;
  const end = performance.now() + measuredMs;
  const customer = async () => {
    while (performance.now() < end) {
      await confirm(shop);
      if (performance.now() < end) confirmed += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, customer));
  return (confirmed * 1000) / measuredMs;
}

/** @returns how long an order took from placing until it was confirmed, in milliseconds. A refusal is sent again when it says. */
async function confirm(shop: Shop): Promise<number> {
  const start = performance.now();
  const { view } = await shop.place(orderOf(1));
  while (!(await isConfirmed(shop, view.id))) await sleep(50);
  shop.forget(view.id);
  return performance.now() - start;
}

/** Reads the order itself: the stream of a shop with thousands of open orders would be measured as well. */
async function isConfirmed(shop: Shop, orderId: string): Promise<boolean> {
  return (await shop.read(orderId)).status === 'confirmed';
}

/**
 * @returns the seconds from the end of the overload until an order was placed that took at most twice as long as in quiet times.
 * @throws {Error} when there was none within five minutes.
 */
async function recovery(shop: Shop, quietMs: number, ended: number): Promise<number> {
  for (;;) {
    const sent = performance.now();
    if ((await confirm(shop)) <= 2 * quietMs) return (sent - ended) / 1000;
    if (sent - ended > 300_000) {
      throw new Error('Five minutes after the overload, orders still take longer than before');
    }
  }
}

function tableOf(figures: Overload[]): Table {
  return {
    title: `${times} times as many orders as the system can process`,
    note: `Orders a second, of one shop, at the default limits. An order is back to normal when it takes at most twice as long to be confirmed as before.`,
    columns: [
      'checkout',
      'capacity',
      'sent a second',
      'sent',
      'accepted',
      '429',
      '503',
      'other answers',
      'answer p95',
      'accepted and confirmed',
      'quiet',
      'normal again after',
      'for another shop',
    ],
    rows: figures.map((each) => [
      each.checkout,
      figure(each.capacity, 1),
      figure(each.offered, 1),
      String(each.sent),
      String(each.accepted),
      String(each.rateLimited),
      String(each.overloaded),
      String(each.wrong),
      `${figure(each.answerP95Ms)} ms`,
      `${each.confirmed} of ${each.accepted}`,
      `${figure(each.quietMs)} ms`,
      `${figure(each.recoveredS.sender, 1)} s`,
      `${figure(each.recoveredS.other, 1)} s`,
    ]),
  };
}
