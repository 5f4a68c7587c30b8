import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defaultLimits } from '../../src/api/limits.js';
import { ApiProblem } from '../../src/api/problems/problem.js';
import { Admission } from '../../src/api/runs/admission.js';

const lane = { atOnce: 2, waiting: 3 };
const admission = (answerMs = 60_000) =>
  new Admission({
    ...defaultLimits,
    answerMs,
    lanes: { commands: lane, reserve: { atOnce: 1, waiting: 0 }, news: lane },
  });

/** Messages that are under way until they are let go. */
class Flight {
  underWay = 0;
  most = 0;
  private readonly landing: (() => void)[] = [];

  readonly send = async (): Promise<string> => {
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    await new Promise<void>((resolve) => this.landing.push(resolve));
    this.underWay -= 1;
    return 'taken';
  };

  /** Lets all go, and those that come after them. */
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

it('of many at once a few are sent, a few wait for their turn, and the rest are turned away at once', async () => {
  const doors = admission();
  const flight = new Flight();
  const answers = Array.from({ length: 300 }, () => outcome(doors.admit('commands', 'order', flight.send)));
  // No time passes for those that are turned away.
  const turnedAway = await Promise.all(answers.slice(5));
  expect(new Set(turnedAway)).toEqual(new Set(['overloaded']));
  expect(flight.underWay).toBe(2);
  await flight.land(answers);
  expect(await Promise.all(answers.slice(0, 5))).toEqual(Array(5).fill('taken'));
  expect(flight.most).toBe(2);
});

it('a flood leaves room for the reserve and for other orders, and none of it is left behind', async () => {
  const doors = admission();
  const flight = new Flight();
  const flood = Array.from({ length: 50 }, () => outcome(doors.admit('commands', 'order', flight.send)));
  const other = new Flight();
  const answers = [doors.admit('reserve', 'order', other.send), doors.admit('commands', 'another order', other.send)];
  await other.land(answers);
  expect(await Promise.all(answers)).toEqual(['taken', 'taken']);
  await flight.land(flood);
  await Promise.all(flood);
  const again = doors.admit('commands', 'order', flight.send);
  await flight.land([again]);
  expect(await again).toBe('taken');
});

it('a message is answered in time, and one whose turn comes later is not sent any more', async () => {
  const doors = admission(50);
  const flight = new Flight();
  const answers = Array.from({ length: 5 }, () => outcome(doors.admit('commands', 'order', flight.send)));
  expect(await Promise.all(answers)).toEqual(Array(5).fill('not_processed_yet'));
  expect(flight.underWay).toBe(2);
  await flight.land([sleep(20)]);
  expect([flight.underWay, flight.most]).toEqual([0, 2]);
});

it('one that fails gives its place to the next', async () => {
  const doors = admission();
  const failing = () => Promise.reject(new Error('no'));
  const answers = Array.from({ length: 5 }, () => outcome(doors.admit('commands', 'order', failing)));
  expect(await Promise.all(answers)).toEqual(Array(5).fill('Error: no'));
  expect(await doors.admit('commands', 'order', () => Promise.resolve('taken'))).toBe('taken');
});
