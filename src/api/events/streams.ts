import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { Limits } from '../limits.js';
import { LIMITS } from '../platform.js';
import { ApiProblem } from '../problems/problem.js';

/** Bounds what event streams take: so many a key, and none that its client does not read. */
@Injectable()
export class Streams {
  private readonly open = new Map<Principal, number>();

  constructor(@Inject(LIMITS) private readonly limits: Limits) {}

  /** Takes a place among the streams of a key. @returns what gives it back. @throws {ApiProblem} rate_limited. */
  enter(key: Principal): () => void {
    const { streamsPerKey } = this.limits;
    const count = this.open.get(key) ?? 0;
    if (count >= streamsPerKey) {
      throw new ApiProblem('rate_limited', `A key may have ${streamsPerKey} event streams open; close one first`);
    }
    this.open.set(key, count + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const others = (this.open.get(key) ?? 1) - 1;
      if (others > 0) this.open.set(key, others);
      else this.open.delete(key);
    };
  }

  /** The same text, piece by piece. @param onStalled called when the client takes nothing for too long. */
  async *watched(text: AsyncIterable<string>, onStalled: () => void): AsyncGenerator<string> {
    for await (const piece of text) {
      const timer = setTimeout(onStalled, this.limits.stalledStreamMs);
      try {
        // Comes back when the next piece is asked for: this one has left the process.
        yield piece;
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
