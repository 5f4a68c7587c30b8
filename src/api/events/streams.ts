import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { Limits } from '../limits.js';
import { LIMITS } from '../dependencies.js';
import { ApiProblem } from '../problems/problem.js';

/** Limits event streams: their number per key, and how long a client may leave one unread. */
@Injectable()
export class Streams {
  private readonly open = new Map<Principal, number>();

  constructor(@Inject(LIMITS) private readonly limits: Limits) {}

  /** Opens a stream of a key. @returns a function that closes it. @throws {ApiProblem} rate_limited. */
  enter(key: Principal): () => void {
    const { streamsPerKey } = this.limits;
    const count = this.open.get(key) ?? 0;
    if (count >= streamsPerKey) {
      throw new ApiProblem('rate_limited', `A key may have ${streamsPerKey} open event streams. Close one first`);
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

  /** Passes the text on. @param onStalled called when the client reads nothing for too long. */
  async *watched(text: AsyncIterable<string>, onStalled: () => void): AsyncGenerator<string> {
    for await (const piece of text) {
      const timer = setTimeout(onStalled, this.limits.stalledStreamMs);
      try {
        // Continues when the next piece is requested: the client has read this one.
        yield piece;
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
