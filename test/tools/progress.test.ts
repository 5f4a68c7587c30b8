import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showCount, showElapsed } from '../../tools/progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal of this width, or without one a file. */
function stream(columns?: number) {
  const written: string[] = [];
  const out = { isTTY: columns !== undefined, columns, write: (text: string) => written.push(text) };
  return { written, out: out as unknown as NodeJS.WriteStream };
}
const anew = '\r\u001b[K';

it('a count is a bar on a terminal, drawn again in place', () => {
  const { written, out } = stream(120);
  const progress = showCount('runs', 4, out);
  expect(written).toEqual([`${anew}${'░'.repeat(40)} 0/4 runs, 0.0/s, ? left`]);
  progress.countOne();
  vi.advanceTimersByTime(250);
  expect(written.at(-1)).toBe(`${anew}${'█'.repeat(10)}${'░'.repeat(30)} 1/4 runs, 4.0/s, 1 s left`);
  progress.clear();
  expect(written.at(-1)).toBe(anew);
  for (let i = 0; i < 3; i++) progress.countOne();
  progress.stop();
  expect(written.slice(-2)).toEqual([`${anew}${'█'.repeat(40)} 4/4 runs, 16.0/s, 0 s left`, '\n']);
  const { length } = written;
  vi.advanceTimersByTime(10_000);
  expect(written).toHaveLength(length);
});

it('a bar ends before the edge of the terminal, where it would wrap', () => {
  const { written, out } = stream(20);
  showCount('runs', 4, out).stop();
  expect(written[0]).toBe(`${anew}${'░'.repeat(19)}`);
});

it('a terminal that does not know its width counts as one of 80 columns', () => {
  const { written, out } = stream(0);
  showCount('runs', 4, out).stop();
  expect(written[0]).toBe(`${anew}${'░'.repeat(40)} 0/4 runs, 0.0/s, ? left`);
});

it('a count is a line now and then in a file, without a bar', () => {
  const { written, out } = stream();
  const progress = showCount('runs', 2, out);
  progress.countOne();
  vi.advanceTimersByTime(4_999);
  expect(written).toEqual(['0/2 runs, 0.0/s, ? left\n']);
  vi.advanceTimersByTime(1);
  progress.clear();
  progress.stop();
  expect(written.slice(1)).toEqual(['1/2 runs, 0.2/s, 5 s left\n', '1/2 runs, 0.2/s, 5 s left\n']);
});

it('a job of unknown length shows a clock', () => {
  const { written, out } = stream(80);
  const progress = showElapsed('Fetching', out);
  progress.update('(half)');
  vi.advanceTimersByTime(61_000);
  progress.stop();
  expect(written[0]).toBe(`${anew}Fetching: 0:00`);
  expect(written.at(-2)).toBe(`${anew}Fetching: 1:01 (half)`);
});
