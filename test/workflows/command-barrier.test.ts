import { describe, expect, it } from 'vitest';
import { CommandBarrier } from '../../workflows/temporal/command-barrier.js';

describe('the barrier of a command', () => {
  it('is up until the workflow task ends that took the command', () => {
    let task = 3;
    const barrier = new CommandBarrier(() => task);
    expect(barrier.isUp).toBe(false);
    barrier.raise();
    barrier.raise();
    expect(barrier.isUp).toBe(true);
    task = 8;
    expect(barrier.isUp).toBe(false);
    barrier.raise();
    expect(barrier.isUp).toBe(true);
  });

  it('is awaited until the calls have ended that it delayed, whatever came of them', async () => {
    const barrier = new CommandBarrier(() => 3);
    let answer!: () => void;
    const answered = barrier.delayed(new Promise<void>((resolve) => (answer = resolve)));
    const failed = barrier.delayed(Promise.reject(new Error('a bug')));
    await expect(failed).rejects.toThrow('a bug');
    expect(barrier.isAwaited).toBe(true);
    answer();
    await answered;
    expect(barrier.isAwaited).toBe(false);
  });

  it('is not awaited for calls that take too long, but for those that come after', async () => {
    const barrier = new CommandBarrier(() => 3);
    void barrier.delayed(new Promise(() => {}));
    barrier.giveUp();
    expect(barrier.isAwaited).toBe(false);
    const next = barrier.delayed(Promise.resolve());
    expect(barrier.isAwaited).toBe(true);
    await next;
    expect(barrier.isAwaited).toBe(false);
  });
});
