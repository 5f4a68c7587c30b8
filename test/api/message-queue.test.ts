import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defaultLimits } from '../../src/api/limits.js';
import { ApiProblem } from '../../src/api/problems/problem.js';
import { MessageQueue } from '../../src/api/runs/message-queue.js';

const lane = { atOnce: 2, waiting: 3 };
const messageQueue = (answerMs = 60_000) =>
  new MessageQueue({
    ...defaultLimits,
    answerMs,
    lanes: { commands: lane, reserve: { atOnce: 1, waiting: 0 }, events: lane },
  });

/** Messages that are in progress until they are released. */
class Flight {
  inProgress = 0;
  most = 0;
  private readonly landing: (() => void)[] = [];

  readonly send = async (): Promise<string> => {
    this.inProgress += 1;
    this.most = Math.max(this.most, this.inProgress);
    await new Promise<void>((resolve) => this.landing.push(resolve));
    this.inProgress -= 1;
    return 'taken';
  };

  /** Releases all messages, and those that follow. */
  async land(all: readonly Promise<unknown>[]): Promise<void> {
    let isOver = false;
    void Promise.allSettled(all).then(() => (isOver = true));
    while (!isOver) {
      for (const land of this.landing.splice(0)) land();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const outcome = (answer: Promise<string>) =>
  answer.catch((error: unknown) => (error instanceof ApiProblem ? error.code : String(error)));

it('a few messages are sent at once, a few wait, and the rest are rejected at once', async () => {
  const queue = messageQueue();
  const flight = new Flight();
  const answers = Array.from({ length: 300 }, () => outcome(queue.send('commands', 'order', flight.send)));
  // These are rejected at once.
  const rejected = await Promise.all(answers.slice(5));
  expect(new Set(rejected)).toEqual(new Set(['overloaded']));
  expect(flight.inProgress).toBe(2);
  await flight.land(answers);
  expect(await Promise.all(answers.slice(0, 5))).toEqual(Array(5).fill('taken'));
  expect(flight.most).toBe(2);
});

it('a flood leaves room for the reserve lane and for other orders', async () => {
  const queue = messageQueue();
  const flight = new Flight();
  const flood = Array.from({ length: 50 }, () => outcome(queue.send('commands', 'order', flight.send)));
  const other = new Flight();
  const answers = [queue.send('reserve', 'order', other.send), queue.send('commands', 'another order', other.send)];
  await other.land(answers);
  expect(await Promise.all(answers)).toEqual(['taken', 'taken']);
  await flight.land(flood);
  await Promise.all(flood);
  const again = queue.send('commands', 'order', flight.send);
  await flight.land([again]);
  expect(await again).toBe('taken');
});

it('a message is answered in time, and is no longer sent when its turn comes later', async () => {
  const queue = messageQueue(50);
  const flight = new Flight();
  const answers = Array.from({ length: 5 }, () => outcome(queue.send('commands', 'order', flight.send)));
  expect(await Promise.all(answers)).toEqual(Array(5).fill('not_processed_yet'));
  expect(flight.inProgress).toBe(2);
  await flight.land([sleep(20)]);
  expect([flight.inProgress, flight.most]).toEqual([0, 2]);
});

it('a failed message frees its place', async () => {
  const queue = messageQueue();
  const failing = () => Promise.reject(new Error('no'));
  const answers = Array.from({ length: 5 }, () => outcome(queue.send('commands', 'order', failing)));
  expect(await Promise.all(answers)).toEqual(Array(5).fill('Error: no'));
  expect(await queue.send('commands', 'order', () => Promise.resolve('taken'))).toBe('taken');
});
