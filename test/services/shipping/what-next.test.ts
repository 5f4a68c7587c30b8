import { describe, expect, it } from 'vitest';
import { defined } from '../../../contracts/defined.js';
import { whatNext } from '../../../services/shipping/carrier-simulator.js';

describe('the next step for a message', () => {
  const fresh = { attempts: 1, happenedAt: new Date().toISOString() };
  const old = { attempts: 50, happenedAt: new Date(Date.now() - 3_600_000).toISOString() };
  const next = (status: number | undefined, message: typeof fresh, retryAfterMs?: number) =>
    whatNext({ status, text: '', ...defined({ retryAfterMs }) }, message, 600_000);
  const again = { retryInMs: expect.any(Number) as number };

  it.each([
    ['taken', 200, fresh, 'sent'],
    ['taken late', 204, old, 'sent'],
    ['not answered, however often', undefined, old, again],
    ['met a fault, however often', 500, old, again],
    ['held off, however often', 429, old, again],
    ['of an order not known for a moment', 404, { ...fresh, attempts: 50 }, again],
    ['of an order not known for an hour', 404, old, 'given_up'],
    ['refused', 400, fresh, again],
    ['refused many times', 401, old, 'given_up'],
  ])('%s (%s)', (_case, status, message, expected) => {
    expect(next(status, message)).toEqual(expected);
  });

  it('is a retry after a growing pause, about half a minute at most, or after the time that the receiver asks for', () => {
    const waits = [1, 4, 7].map((attempts) => (next(500, { ...fresh, attempts }) as typeof again).retryInMs);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect((next(500, { ...fresh, attempts: 1_000 }) as typeof again).retryInMs).toBeLessThan(40_000);
    expect(next(503, fresh, 90_000)).toEqual({ retryInMs: 90_000 });
  });
});
