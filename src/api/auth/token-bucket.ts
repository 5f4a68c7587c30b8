/**
 * Lets a steady rate pass, and a burst after a pause. A bucket holds some tokens, each request takes one, and the rate fills it again.
 */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  /** @param perSecond the rate. @param burst how many requests may come at once. @param now in milliseconds. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.tokens = burst;
    this.filledAt = now;
  }

  /** @returns 0 if the request may pass; otherwise the milliseconds after which one may. */
  take(now: number): number {
    const passedMs = Math.max(0, now - this.filledAt);
    this.tokens = Math.min(this.burst, this.tokens + (passedMs * this.perSecond) / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return ((1 - this.tokens) * 1000) / this.perSecond;
    this.tokens -= 1;
    return 0;
  }
}
